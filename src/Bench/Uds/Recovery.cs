using System.Globalization;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Bench.SharedMemory;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.SharedMemory;

namespace ThemisBridge.Bench.Uds;

/// <summary>
/// From the kill of a listener's process to the typed failure at the caller of a stream that is open there. Every
/// sample has a process of its own.
/// </summary>
/// <param name="throughMemory">Whether the connection has moved to shared memory.</param>
internal sealed class Recovery(bool throughMemory) : IPeerSubject
{
    private const int MostKills = 100;

    private static readonly TimeSpan Spin = new SharedMemoryOptions().SpinWindow;

    /// <summary>What fits into a quick run's block.</summary>
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(8);

    /// <inheritdoc/>
    public string Name => throughMemory ? "a listener in shared memory to be killed" : "a listener to be killed";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        if (!throughMemory)
            return Task.FromResult(OpenedUds.Serve(scope, BenchEngine.Stalling()));
        var path = scope.NewPath("sock");
        OpenedFrames.Serve(path, BenchEngine.Stalling(), Spin);
        return Task.FromResult(path);
    }

    /// <inheritdoc/>
    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult<IProbe>(new Probe(this, scope));

    private async Task<(IInferenceBackend Backend, IAsyncDisposable Owner)> ConnectAsync(
        string path, CancellationToken cancellationToken)
    {
        if (throughMemory)
        {
            var frames = await OpenedFrames.CreateAsync(path, Spin, listener: null, cancellationToken);
            return (frames.Backend, frames);
        }
        var opened = OpenedUds.Create(path);
        return (opened.Backend, opened);
    }

    private sealed class Probe(Recovery subject, ProbeScope scope) : OnceProbe
    {
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

        protected override async Task<(IReadOnlyList<double> Samples, IReadOnlyList<string> Notes)> MeasureAsync(
            CancellationToken cancellationToken)
        {
            var samples = new List<double>();
            var start = scope.Clock.GetTimestamp();
            while (samples.Count < MostKills && scope.Clock.GetElapsedTime(start) < Time)
                samples.Add(await KillAsync(cancellationToken));
            return (samples, [string.Create(
                CultureInfo.InvariantCulture, $"{samples.Count} processes killed, the slowest {samples.Max():0.0} ms")]);
        }

        private async Task<double> KillAsync(CancellationToken cancellationToken)
        {
            var (peer, path) = await scope.ServeAloneAsync(subject, cancellationToken);
            try
            {
                var (backend, owner) = await subject.ConnectAsync(path, cancellationToken);
                await using var owned = owner;
                await using var chunks = backend.GenerateAsync(FramesExchange.Request, cancellationToken)
                    .GetAsyncEnumerator(cancellationToken);
                if (!await chunks.MoveNextAsync())
                    throw new IOException("the stream was empty");
                var next = chunks.MoveNextAsync();
                var killed = scope.Clock.GetTimestamp();
                peer.Kill();
                try
                {
                    await next;
                    throw new IOException("the stream of a killed listener went on");
                }
                catch (BridgeException failure) when (failure.Failure == BridgeFailure.ConnectionLost)
                {
                    return scope.Clock.GetElapsedTime(killed).TotalMilliseconds;
                }
            }
            finally
            {
                await peer.DisposeAsync();
                // What was killed removes nothing.
                File.Delete(path);
            }
        }
    }
}
