using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.Tests.Doubles;

/// <summary>A bridge whose chunks are all ready at once.</summary>
internal sealed class ReadyBridge(IReadOnlyList<InferenceChunk> chunks) : IThemisBridge
{
    public IReadOnlyList<string> Models { get; } = ["m"];

    public BackendDescriptor Descriptor { get; } = ServerFixture.Saying("x").Descriptor;

    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await ValueTask.CompletedTask;
        foreach (InferenceChunk chunk in chunks)
        {
            yield return chunk;
        }
    }

    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new EmbeddingResult("m", [], default));

    public Task<TokenizeResult> TokenizeAsync(
        TokenizeRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new TokenizeResult(default, null));

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult("");

    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new BackendHealth(true, ""));
}
