using System.Globalization;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Bench.Uds;

/// <summary>
/// A1: the managed bytes of a warm request over a Unix socket, client and listener together in one process. A stream's
/// further tokens must allocate nothing.
/// </summary>
internal sealed class AllocationScenario : IScenario, ISubject
{
    /// <summary>Less than one byte in ten tokens is another thread's, not the stream's.</summary>
    private const double AllocationNoise = 0.1;

    /// <inheritdoc/>
    public ScenarioInfo Info { get; } =
        new("A1", "bytes allocated by a request over a Unix socket, both sides", "B/request")
        {
            Placements = [Placement.Single],
            Target = Target.ValueAtMost(4_096, "B/request"),
        };

    /// <inheritdoc/>
    public ISubject? Baseline => null;

    /// <inheritdoc/>
    public ISubject Ours => this;

    /// <inheritdoc/>
    public string Name => "allocation over a Unix socket";

    /// <inheritdoc/>
    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        return Task.FromResult<IProbe>(new Probe(OpenedUds.Listen(path, BenchEngine.Immediate()), path));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ScenarioCheck>> CheckAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        const int Short = 1_000;
        const int Long = 11_000;
        var path = scope.NewPath("sock");
        await using var listener = OpenedUds.Listen(path, BenchEngine.Streaming());
        await using var opened = OpenedUds.Create(path);
        // What a stream costs as a whole cancels out between a short and a long one.
        var bytes = (double)(await LeastAsync(opened.Backend, Long, cancellationToken)
            - await LeastAsync(opened.Backend, Short, cancellationToken)) / (Long - Short);
        return
        [
            new ScenarioCheck(bytes < AllocationNoise, string.Create(
                CultureInfo.InvariantCulture, $"{bytes:0.###} bytes allocated per token, 0 wanted")),
        ];
    }

    /// <summary>The least of several tries: what other threads allocate meanwhile only adds.</summary>
    private static async Task<long> LeastAsync(
        IInferenceBackend backend, int tokens, CancellationToken cancellationToken)
    {
        const int Tries = 10;
        var request = FramesExchange.Request with
        {
            Sampling = FramesExchange.Request.Sampling with { MaxTokens = tokens },
        };
        var least = long.MaxValue;
        for (var i = 0; i < Tries; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var got = 0;
            await foreach (var chunk in backend.GenerateAsync(request, cancellationToken))
                got += chunk.TokenIds.Length;
            if (got != tokens)
                throw new IOException($"the stream gave {got} ids instead of {tokens}");
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        return least;
    }

    private sealed class Probe(UdsListener listener, string path) : IProbe
    {
        private readonly OpenedUds _opened = OpenedUds.Create(path);

        public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) =>
            Task.Run(() => RunBlockCoreAsync(samples, cancellationToken), cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await _opened.DisposeAsync();
            await listener.DisposeAsync();
        }

        private async Task RunBlockCoreAsync(Memory<double> samples, CancellationToken cancellationToken)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < samples.Length; i++)
            {
                await FramesExchange.RunAsync(_opened.Backend, CancellationToken.None);
                cancellationToken.ThrowIfCancellationRequested();
            }
            samples.Span.Fill((double)(GC.GetTotalAllocatedBytes(precise: true) - before) / samples.Length);
        }
    }
}
