using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>
/// An engine that costs nothing: as many ids as are asked for, at once in one chunk, or one a chunk in a stream.
/// </summary>
internal sealed class IdBackend : IInferenceBackend
{
    /// <summary>The ids of an answer that is not streamed.</summary>
    public const int AnswerTokens = 100;

    private const int PromptTokens = 512;

    private static readonly int[] Ids = [.. Enumerable.Range(0, AnswerTokens)];
    private static readonly GenerationStart Start = new() { Model = "m" };

    /// <summary>512 ids in, 100 out, at once.</summary>
    public static InferenceRequest Request { get; } = new()
    {
        Model = "m",
        Prompt = new TokenPrompt(Enumerable.Range(0, PromptTokens).ToArray()),
        Sampling = new SamplingOptions { MaxTokens = AnswerTokens, Temperature = 0 },
        Output = OutputParts.TokenIds,
        Stream = false,
    };

    /// <inheritdoc/>
    public BackendDescriptor Descriptor { get; } = new()
    {
        Id = "ids",
        Kind = "native",
        Address = "",
        Capabilities = new BackendCapabilities
        {
            Features = Enum.GetValues<BackendFeatures>().Aggregate(BackendFeatures.None, (all, one) => all | one),
        },
        Models = [new ModelDescriptor("m") { MaxContextTokens = 1_000_000 }],
    };

    /// <summary>A stream of so many ids, one a chunk.</summary>
    public static InferenceRequest Stream(int tokens) => Request with
    {
        Stream = true,
        Sampling = Request.Sampling with { MaxTokens = tokens },
    };

    /// <summary>Asks, and reads the answer to its end.</summary>
    /// <exception cref="IOException">The answer is not whole.</exception>
    public static async ValueTask ReadAsync(
        IInferenceBackend backend, InferenceRequest request, CancellationToken cancellationToken)
    {
        var got = 0;
        await foreach (var chunk in backend.GenerateAsync(request, cancellationToken))
            got += chunk.TokenIds.Length;
        if (got != request.Sampling.MaxTokens)
            throw new IOException($"the answer has {got} ids instead of {request.Sampling.MaxTokens}");
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var tokens = request.Sampling.MaxTokens ?? AnswerTokens;
        var end = new GenerationEnd(FinishReason.Length, new TokenUsage(PromptTokens, null, tokens));
        if (!request.Stream)
        {
            yield return new InferenceChunk { TokenIds = Ids, Start = Start, End = end };
            yield break;
        }
        for (var i = 0; i < tokens; i++)
        {
            if (i % 64 == 63)
                await Task.Yield();
            yield return new InferenceChunk
            {
                TokenIds = Ids.AsMemory(i % AnswerTokens, 1),
                Start = i == 0 ? Start : null,
                End = i == tokens - 1 ? end : null,
            };
        }
    }

    /// <inheritdoc/>
    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new BackendHealth(true, "fine"));
}
