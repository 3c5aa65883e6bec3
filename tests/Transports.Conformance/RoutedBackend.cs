using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Conformance;

/// <summary>The router over one backend: budgets of generations are its to keep.</summary>
public sealed class RoutedBackend : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private RoutedBackend(ServiceProvider services) => _services = services;

    /// <summary>The router.</summary>
    public IThemisBridge Bridge => _services.GetRequiredService<IThemisBridge>();

    /// <summary>A router with one engine.</summary>
    /// <param name="backend">The engine; not owned.</param>
    public static RoutedBackend Over(IInferenceBackend backend)
    {
        var services = new ServiceCollection();
        services.AddThemisBridge(configure: options =>
        {
            options.Engines["engine"] = new EngineOptions { Ladder = { "test://engine" }, Models = { ["m"] = "m" } };
        });
        services.AddSingleton<IBackendFactory>(new OneBackend(backend));
        return new RoutedBackend(services.BuildServiceProvider());
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();

    // The router disposes what its factories make; the harness's backend is the harness's.
    private sealed class OneBackend(IInferenceBackend backend) : IBackendFactory
    {
        public IReadOnlyList<string> Schemes => ["test"];

        public string? Check(BackendAddress address) => null;

        public IInferenceBackend Create(BackendAddress address) => new Lent(backend);
    }

    private sealed class Lent(IInferenceBackend backend) : IInferenceBackend
    {
        public BackendDescriptor Descriptor => backend.Descriptor;

        public IAsyncEnumerable<InferenceChunk> GenerateAsync(
            InferenceRequest request, CancellationToken cancellationToken = default) =>
            backend.GenerateAsync(request, cancellationToken);

        public Task<EmbeddingResult> EmbedAsync(
            EmbeddingRequest request, CancellationToken cancellationToken = default) =>
            backend.EmbedAsync(request, cancellationToken);

        public Task<TokenizeResult> TokenizeAsync(
            TokenizeRequest request, CancellationToken cancellationToken = default) =>
            backend.TokenizeAsync(request, cancellationToken);

        public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
            backend.DetokenizeAsync(request, cancellationToken);

        public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
            backend.ProbeAsync(cancellationToken);
    }
}
