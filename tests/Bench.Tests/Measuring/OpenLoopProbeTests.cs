using System.Globalization;
using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Tests.Measuring;

public sealed class OpenLoopProbeTests
{
    private const int StalledCall = 20;
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(150);

    /// <summary>Only lower bounds: a busy machine makes calls later, never earlier.</summary>
    [Fact]
    public async Task Stall_is_charged_to_every_call_that_was_due_in_it()
    {
        await using var probe = new OpenLoopProbe(
            new StallingTarget(), new OpenLoopLoad(CallsPerSecond: 1_000, MaxInFlight: 1), TimeProvider.System);
        var samples = new double[200];

        await probe.RunBlockAsync(samples, TestContext.Current.CancellationToken);

        // Call i is due at i ms; none is answered before the stall has ended at 20 + 150 ms or later.
        var stallEnd = StalledCall + Stall.TotalMilliseconds;
        for (var i = StalledCall; i < stallEnd; i++)
        {
            Assert.True(
                samples[i] / 1e3 >= stallEnd - i - 0.01,
                string.Create(CultureInfo.InvariantCulture, $"call {i} cost {samples[i]} µs"));
        }
    }

    [Fact]
    public async Task Calls_are_not_sent_before_they_are_due()
    {
        await using var probe = new OpenLoopProbe(
            new StallingTarget(), new OpenLoopLoad(CallsPerSecond: 1_000, MaxInFlight: 8), TimeProvider.System);
        var samples = new double[50];

        await probe.RunBlockAsync(samples, TestContext.Current.CancellationToken);

        Assert.All(samples, sample => Assert.True(sample >= 0));
        Assert.StartsWith("offered 1000/s, answered ", Assert.Single(((IProbe)probe).Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_call_fails_the_block()
    {
        await using var probe = new OpenLoopProbe(
            new StallingTarget { FailsAt = 5 }, new OpenLoopLoad(10_000, 8), TimeProvider.System);

        await Assert.ThrowsAsync<IOException>(
            () => probe.RunBlockAsync(new double[10], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Probe_that_takes_no_calls_is_refused()
    {
        Assert.Throws<ArgumentException>(
            () => new OpenLoopProbe(new BlocksOnly(), new OpenLoopLoad(1, 1), TimeProvider.System));
    }

    private sealed class StallingTarget : IProbe, ICallTarget
    {
        private int _calls;

        public int FailsAt { get; init; } = -1;

        public async ValueTask CallAsync(CancellationToken cancellationToken)
        {
            var call = Interlocked.Increment(ref _calls) - 1;
            if (call == FailsAt)
                throw new IOException("made to fail");
            if (call != StalledCall)
                return;
            var start = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(start) < Stall)
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
        }

        public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class BlocksOnly : IProbe
    {
        public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
