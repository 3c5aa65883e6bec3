using System.Collections.Concurrent;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Routing;

/// <summary>The chunks of the attempt under way. Owns the backend's enumerator, and with it the request in the
/// engine.</summary>
internal sealed class AttemptStream(
    RoutedCall call, InferenceRequest request,
    ConcurrentDictionary<(string Model, string Name), AdapterSource> adapters) : IAsyncDisposable
{
    private IAsyncEnumerator<InferenceChunk>? _chunks;
    private CancellationTokenSource? _attempt;

    /// <summary>The chunks after the first.</summary>
    public IAsyncEnumerator<InferenceChunk> Chunks => _chunks!;

    /// <summary>Asks a backend and waits for its first chunk.</summary>
    /// <param name="candidate">Who is asked.</param>
    /// <param name="attemptId">The id that the engine sees.</param>
    /// <param name="firstToken">Ends with the first-token budget; the stream itself outlives it.</param>
    public async ValueTask<InferenceChunk> OpenAsync(
        Candidate candidate, string attemptId, CancellationToken firstToken)
    {
        await DisposeAsync().ConfigureAwait(false);
        _attempt = CancellationTokenSource.CreateLinkedTokenSource(call.Ended);
        CancellationTokenRegistration cut = firstToken.UnsafeRegister(
            static source => ((CancellationTokenSource)source!).Cancel(), _attempt);
        await LoadAdapterAsync(candidate, _attempt.Token).ConfigureAwait(false);
        _chunks = candidate.Entry.Backend
            .GenerateAsync(ForBackend(candidate, attemptId), _attempt.Token).GetAsyncEnumerator(CancellationToken.None);
        ValueTask<bool> first = _chunks.MoveNextAsync();
        if (!first.IsCompleted)
        {
            call.Watch.Arm();
        }

        bool any = await first.ConfigureAwait(false);
        await cut.DisposeAsync().ConfigureAwait(false);
        if (_attempt.IsCancellationRequested)
        {
            // The budget ran out in the moment the chunk came: the stream is cut off already.
            throw new OperationCanceledException(firstToken);
        }

        if (!any)
        {
            throw new BridgeException(BridgeFailure.ConnectionLost, FailureStage.Prefill,
                "The engine ended the answer without a single chunk. Send the request again.");
        }

        InferenceChunk chunk = _chunks.Current;
        return chunk with { Start = Describe(chunk.Start, candidate, attemptId) };
    }

    public async ValueTask DisposeAsync()
    {
        if (_chunks is not null)
        {
            await _chunks.DisposeAsync().ConfigureAwait(false);
            _chunks = null;
        }

        _attempt?.Dispose();
        _attempt = null;
    }

    private InferenceRequest ForBackend(Candidate candidate, string attemptId)
    {
        bool knowsDefaults =
            (candidate.Entry.Descriptor.Capabilities.Features & BackendFeatures.AppliesModelDefaults) != 0;
        return request with
        {
            Model = candidate.ServedModel,
            RequestId = attemptId,
            Deadlines = call.Budgets,
            TraceParent = call.Telemetry.TraceParent ?? request.TraceParent,
            Sampling = knowsDefaults
                ? request.Sampling
                : SamplingDefaults.Resolve(request.Sampling, candidate.Model?.Defaults),
        };
    }

    // A configured or rolled out adapter is loaded where it is first asked for; any other name is the engine's own to
    // know.
    private async ValueTask LoadAdapterAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        if (request.Adapter is { } name && candidate.Entry.Backend is IAdapterHost host
            && adapters.TryGetValue((request.Model, name), out AdapterSource? source))
        {
            await host.LoadAdapterAsync(source with { Model = candidate.ServedModel }, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private GenerationStart Describe(GenerationStart? start, Candidate candidate, string attemptId) =>
        (start ?? new GenerationStart { Model = request.Model }) with
        {
            Model = request.Model,
            Engine = candidate.Entry.Engine,
            Transport = candidate.Entry.Descriptor.Kind,
            RequestId = attemptId,
            Attempts = call.Attempts,
        };
}
