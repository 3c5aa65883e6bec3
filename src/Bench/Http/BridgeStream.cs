using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Bench.Http;

/// <summary>Reads streams of ids through our HTTP transport, from memory.</summary>
internal sealed class BridgeStream : ISubject
{
    private static readonly InferenceRequest Request = Completion.Request with
    {
        Stream = true,
        Output = OutputParts.TokenIds,
    };

    /// <inheritdoc/>
    public string Name => "HTTP transport's stream";

    /// <inheritdoc/>
    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult<IProbe>(new Probe(scope.Clock));

    /// <summary>The bytes that a stream's further tokens allocate, each.</summary>
    /// <param name="cancellationToken">Ends the measuring.</param>
    public static async Task<double> MeasureAllocationAsync(CancellationToken cancellationToken)
    {
        const int Short = 1_000;
        const int Long = 11_000;
        // What a stream costs as a whole cancels out between a short and a long one.
        return (double)(await AllocatedAsync(Long, cancellationToken) - await AllocatedAsync(Short, cancellationToken))
            / (Long - Short);
    }

    /// <summary>The least of several tries: what other threads allocate meanwhile only adds.</summary>
    private static async Task<long> AllocatedAsync(int tokens, CancellationToken cancellationToken)
    {
        const int Tries = 10;
        using var network = new CannedNetwork(SseBody.Of(tokens), "text/event-stream");
        await using var opened = OpenedBackend.Create("http://localhost", network);
        var least = long.MaxValue;
        for (var i = 0; i < Tries; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await ReadAsync(opened.Backend, tokens, cancellationToken);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        return least;
    }

    private static async ValueTask ReadAsync(IInferenceBackend backend, int tokens, CancellationToken cancellationToken)
    {
        var got = 0;
        await foreach (var chunk in backend.GenerateAsync(Request, cancellationToken))
            got += chunk.TokenIds.Length;
        if (got != tokens)
            throw new IOException($"the stream gave {got} ids instead of {tokens}");
    }

    /// <summary>Reads one stream after the other, a few tokens an operation.</summary>
    private sealed class Probe : AsyncProbe
    {
        private readonly CannedNetwork _network =
            new(SseBody.Of(StreamParseScenario.StreamTokens), "text/event-stream");
        private readonly OpenedBackend _opened;
        private IAsyncEnumerator<InferenceChunk>? _stream;

        public Probe(TimeProvider clock) : base(clock) => _opened = OpenedBackend.Create("http://localhost", _network);

        public override async ValueTask DisposeAsync()
        {
            if (_stream is not null)
                await _stream.DisposeAsync();
            await _opened.DisposeAsync();
            _network.Dispose();
        }

        protected override async ValueTask OperateAsync(CancellationToken cancellationToken)
        {
            for (var got = 0; got < StreamParseScenario.OperationTokens;)
            {
                _stream ??= _opened.Backend.GenerateAsync(Request, CancellationToken.None)
                    .GetAsyncEnumerator(CancellationToken.None);
                if (await _stream.MoveNextAsync())
                {
                    got += _stream.Current.TokenIds.Length;
                    continue;
                }
                await _stream.DisposeAsync();
                _stream = null;
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        protected override double ToUnit(double seconds) => StreamParseScenario.PerToken(seconds);
    }
}
