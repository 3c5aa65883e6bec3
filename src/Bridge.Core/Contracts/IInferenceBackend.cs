using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Contracts;

/// <summary>
/// Something that answers requests: an engine over one transport, or the router over all of them. Safe for use from
/// many
/// threads at once. Failures are <see cref="BridgeException"/>; a cancelled caller gets
/// <see cref="OperationCanceledException"/>.
/// </summary>
public interface IInferenceBackend
{
    /// <summary>What this backend is and can do now.</summary>
    BackendDescriptor Descriptor { get; }

    /// <summary>
    /// Generates. Nothing happens before the first <c>MoveNextAsync</c>. The answer is complete only when a chunk with
    /// <see cref="InferenceChunk.End"/> has come. Cancelling the token, or disposing the enumerator early, ends the
    /// request in the engine. An option that the backend cannot honour is refused by name, never dropped.
    /// </summary>
    /// <param name="request">What to generate.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, CancellationToken cancellationToken = default);

    /// <summary>Turns texts into vectors.</summary>
    /// <param name="request">What to embed.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default);

    /// <summary>Turns text or chat into the ids that the engine would use.</summary>
    /// <param name="request">What to tokenize.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Turns ids into text.</summary>
    /// <param name="request">What to detokenize.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Asks the engine whether it works. An engine that does not is an answer, not an exception.</summary>
    /// <param name="cancellationToken">Ends the probe.</param>
    Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default);
}
