using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Tests.Doubles;

/// <summary>A backend whose every answer a test writes as an async sequence.</summary>
internal sealed class FakeBackend : IInferenceBackend, IAdapterHost
{
    public const BackendFeatures Everything = (BackendFeatures)long.MaxValue;

    private readonly Func<InferenceRequest, CancellationToken, IAsyncEnumerable<InferenceChunk>> _answer;

    public FakeBackend(
        Func<InferenceRequest, CancellationToken, IAsyncEnumerable<InferenceChunk>>? answer = null,
        BackendFeatures features = Everything & ~BackendFeatures.AppliesModelDefaults, string kind = "fake")
    {
        _answer = answer ?? ((_, _) => Chunks.Of("hello"));
        Descriptor = new BackendDescriptor
        {
            Id = $"{kind}-{Guid.NewGuid():N}",
            Kind = kind,
            Address = "fake:",
            Capabilities = new BackendCapabilities { Features = features },
        };
    }

    public BackendDescriptor Descriptor { get; set; }

    public ConcurrentQueue<InferenceRequest> Requests { get; } = [];

    /// <summary>Every adapter that it was told to load and not to unload, as often as it was told.</summary>
    public List<AdapterSource> Adapters { get; } = [];

    /// <summary>What loading and unloading fail with.</summary>
    public BridgeException? AdapterFailure { get; set; }

    public int Disposed;

    public CancellationToken LastToken;

    public Func<EmbeddingRequest, EmbeddingResult>? Embed { get; init; }

    public Func<CancellationToken, Task<BackendHealth>>? Probe { get; init; }

    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Requests.Enqueue(request);
        LastToken = cancellationToken;
        try
        {
            await foreach (InferenceChunk chunk in _answer(request, cancellationToken))
            {
                yield return chunk;
            }
        }
        finally
        {
            Interlocked.Increment(ref Disposed);
        }
    }

    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(Embed!(request));

    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new TokenizeResult(new[] { request.Model.Length }, 2048));

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult($"{request.Model}:{request.TokenIds.Length}");

    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
        Probe?.Invoke(cancellationToken) ?? Task.FromResult(new BackendHealth(true, ""));

    public Task LoadAdapterAsync(AdapterSource source, CancellationToken cancellationToken = default)
    {
        if (AdapterFailure is not null)
        {
            return Task.FromException(AdapterFailure);
        }

        Adapters.Add(source);
        return Task.CompletedTask;
    }

    public Task<bool> UnloadAdapterAsync(string model, string name, CancellationToken cancellationToken = default) =>
        AdapterFailure is not null
            ? Task.FromException<bool>(AdapterFailure)
            : Task.FromResult(Adapters.RemoveAll(one => one.Model == model && one.Name == name) > 0);

    public Task<IReadOnlyList<AdapterSource>> ListAdaptersAsync(
        string model, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<AdapterSource>>(Adapters);
}
