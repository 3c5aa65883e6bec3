using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>An engine that calls its vocabulary its own, so that a double hands prompts on as they came.</summary>
internal sealed class PlainEngine(IInferenceBackend inner) : IInferenceBackend
{
    public BackendDescriptor Descriptor => inner.Descriptor with
    {
        Capabilities = inner.Descriptor.Capabilities with
        {
            Features = inner.Descriptor.Capabilities.Features & ~BackendFeatures.Tokenize,
        },
    };

    public IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, CancellationToken cancellationToken = default) =>
        inner.GenerateAsync(request, cancellationToken);

    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default) =>
        inner.EmbedAsync(request, cancellationToken);

    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) =>
        inner.TokenizeAsync(request, cancellationToken);

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
        inner.DetokenizeAsync(request, cancellationToken);

    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
        inner.ProbeAsync(cancellationToken);
}
