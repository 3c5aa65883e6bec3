using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Conformance;

/// <summary>Vectors from one server, everything else from another: a vLLM does either.</summary>
/// <param name="generating">Who answers everything else.</param>
/// <param name="embedding">Who makes vectors, when they are asked for.</param>
public sealed class TwoServers(IInferenceBackend generating, Func<Task<IInferenceBackend>> embedding)
    : IInferenceBackend
{
    public BackendDescriptor Descriptor => generating.Descriptor;

    public IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, CancellationToken cancellationToken = default) =>
        generating.GenerateAsync(request, cancellationToken);

    public async Task<EmbeddingResult> EmbedAsync(
        EmbeddingRequest request, CancellationToken cancellationToken = default) =>
        await (await embedding()).EmbedAsync(request, cancellationToken);

    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) =>
        generating.TokenizeAsync(request, cancellationToken);

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
        generating.DetokenizeAsync(request, cancellationToken);

    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
        generating.ProbeAsync(cancellationToken);
}
