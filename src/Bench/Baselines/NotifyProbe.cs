using System.Globalization;
using System.Threading.Channels;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// Has notices sent and times each from the sender's clock to a consumer on the thread pool. Both processes read
/// CLOCK_MONOTONIC, which is one clock for the whole machine.
/// </summary>
/// <param name="sender">The script; the scope owns its process.</param>
/// <param name="notices">What the receiver hears, as the sender's clock in nanoseconds.</param>
/// <param name="receiver">Disposed with this.</param>
/// <param name="clock">The system's, with ticks of a nanosecond.</param>
internal sealed class NotifyProbe(
    ChildProcess sender, ChannelReader<long> notices, IDisposable receiver, TimeProvider clock) : IProbe
{
    /// <summary>The gap of a fast engine's steps, in seconds, as the script takes it.</summary>
    public const string GapSeconds = "0.001";

    /// <summary>Receiver to consumer: the hop that a real transport has between its reader and the one who awaits a
    /// token.</summary>
    public static Channel<long> NewHop() => Channel.CreateUnbounded<long>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    /// <inheritdoc/>
    public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) =>
        Task.Run(() => RunBlockCoreAsync(samples, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        receiver.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RunBlockCoreAsync(Memory<double> samples, CancellationToken cancellationToken)
    {
        var sending = sender.AskAsync(
            string.Create(CultureInfo.InvariantCulture, $"block {samples.Length}"), cancellationToken);
        for (var i = 0; i < samples.Length; i++)
        {
            var sent = await notices.ReadAsync(cancellationToken);
            samples.Span[i] = (clock.GetTimestamp() - sent) / 1e3;
        }
        await sending;
    }
}
