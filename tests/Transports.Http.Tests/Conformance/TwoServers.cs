using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>Vectors from one server, everything else from another: a vLLM does either.</summary>
internal sealed class TwoServers(IInferenceBackend generating, IInferenceBackend embedding) : IInferenceBackend
{
    public BackendDescriptor Descriptor => generating.Descriptor;

    public IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, CancellationToken cancellationToken = default) =>
        generating.GenerateAsync(request, cancellationToken);

    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default) =>
        embedding.EmbedAsync(request, cancellationToken);

    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) =>
        generating.TokenizeAsync(request, cancellationToken);

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
        generating.DetokenizeAsync(request, cancellationToken);

    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
        generating.ProbeAsync(cancellationToken);
}
