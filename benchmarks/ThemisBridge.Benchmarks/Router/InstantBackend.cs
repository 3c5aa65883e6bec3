using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Benchmarks.Router;

/// <summary>A backend that answers at once with one chunk.</summary>
internal sealed class InstantBackend : IInferenceBackend
{
    private static readonly GenerationStart Start = new() { Model = "m" };
    private static readonly GenerationEnd End = new(FinishReason.Stop, new TokenUsage(1, 0, 1));

    public BackendDescriptor Descriptor { get; } = new()
    {
        Id = "instant",
        Kind = "instant",
        Address = "instant:",
        Capabilities = new BackendCapabilities { Features = (BackendFeatures)long.MaxValue },
    };

    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await ValueTask.CompletedTask;
        yield return new InferenceChunk { Start = Start, Text = "x", End = End };
    }

    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new EmbeddingResult("m", [], default));

    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new TokenizeResult(ReadOnlyMemory<int>.Empty, null));

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult("");

    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new BackendHealth(true, ""));
}
