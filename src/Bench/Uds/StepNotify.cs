using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Uds;

/// <summary>From an engine's step in the peer to whoever enumerates the answer, over our transport.</summary>
internal sealed class StepNotify : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => "steps over a Unix socket";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(OpenedUds.Serve(scope, new BenchEngine(
            new StepEngine(streams: 1, isStamped: true, TimeProvider.System).AnswerAsync)));

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        new Probe(scope.Clock, OpenedUds.Create(await scope.ServeAsync(this, cancellationToken)));

    private sealed class Probe(TimeProvider clock, OpenedUds opened) : IProbe
    {
        public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) =>
            Task.Run(() => RunBlockCoreAsync(samples, cancellationToken), cancellationToken);

        public ValueTask DisposeAsync() => opened.DisposeAsync();

        private async Task RunBlockCoreAsync(Memory<double> samples, CancellationToken cancellationToken)
        {
            var request = FramesExchange.Request with
            {
                Sampling = FramesExchange.Request.Sampling with { MaxTokens = samples.Length },
            };
            var got = 0;
            await foreach (var chunk in opened.Backend.GenerateAsync(request, cancellationToken))
            {
                // A consumer that is late gets several steps as one chunk, each two ids long.
                var now = clock.GetTimestamp();
                for (var i = 0; i < chunk.TokenIds.Length; i += 2)
                    samples.Span[got++] = (now - StepEngine.MomentOf(chunk.TokenIds.Span[i..])) / 1e3;
            }
            if (got != samples.Length)
                throw new IOException($"{got} of {samples.Length} steps came");
        }
    }
}
