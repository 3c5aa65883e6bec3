using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Core.Tests.Doubles;

/// <summary>The scheme <c>fake:</c>, whose addresses are numbers.</summary>
internal sealed class FakeBackendFactory : IBackendFactory
{
    public int Disposed;

    public IReadOnlyList<string> Schemes { get; } = ["fake"];

    public string? Check(BackendAddress address) =>
        int.TryParse(address.Address["fake:".Length..], out _) ? null : "a fake address is a number";

    public IInferenceBackend Create(BackendAddress address) => new OwnedBackend(this);

    private sealed class OwnedBackend(FakeBackendFactory factory) : IInferenceBackend, IAsyncDisposable
    {
        private readonly FakeBackend _inner = new();

        public BackendDescriptor Descriptor => _inner.Descriptor;

        public IAsyncEnumerable<InferenceChunk> GenerateAsync(InferenceRequest request,
            CancellationToken cancellationToken = default) =>
            _inner.GenerateAsync(request, cancellationToken);

        public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request,
            CancellationToken cancellationToken = default) =>
            _inner.EmbedAsync(request, cancellationToken);

        public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request,
            CancellationToken cancellationToken = default) =>
            _inner.TokenizeAsync(request, cancellationToken);

        public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
            _inner.DetokenizeAsync(request, cancellationToken);

        public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
            _inner.ProbeAsync(cancellationToken);

        public ValueTask DisposeAsync()
        {
            factory.Disposed++;
            return ValueTask.CompletedTask;
        }
    }
}
