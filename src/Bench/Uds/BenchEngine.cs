using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Bench.Uds;

/// <summary>An engine that gives what a measurement needs, and costs as little as it can. It generates alone.</summary>
/// <param name="answer">Makes the chunks of an answer.</param>
internal sealed class BenchEngine(
    Func<InferenceRequest, CancellationToken, IAsyncEnumerable<InferenceChunk>> answer) : IInferenceBackend
{
    /// <inheritdoc/>
    public BackendDescriptor Descriptor { get; } = new()
    {
        Id = "bench",
        Kind = "bench",
        Address = "",
        Capabilities = new BackendCapabilities
        {
            Features = Enum.GetValues<BackendFeatures>().Aggregate((all, one) => all | one),
        },
        Models = [new ModelDescriptor(FramesExchange.Request.Model)],
    };

    /// <summary>One that answers the exchange at once, in one chunk.</summary>
    public static BenchEngine Immediate() => new((_, _) => AnswerAtOnceAsync());

    /// <summary>One that gives single ids, as many as asked for, a few of them at a time as an engine does.</summary>
    public static BenchEngine Streaming() => new((request, _) => StreamAsync(request.Sampling.MaxTokens!.Value));

    /// <summary>One that gives a single id and then nothing until it is cancelled.</summary>
    public static BenchEngine Stalling() => new((_, token) => StallAsync(token));

    /// <inheritdoc/>
    public IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, CancellationToken cancellationToken = default) => answer(request, cancellationToken);

    /// <inheritdoc/>
    public Task<EmbeddingResult> EmbedAsync(
        EmbeddingRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<TokenizeResult> TokenizeAsync(
        TokenizeRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<string> DetokenizeAsync(
        DetokenizeRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new BackendHealth(true, ""));

    private static async IAsyncEnumerable<InferenceChunk> AnswerAtOnceAsync()
    {
        await ValueTask.CompletedTask;
        yield return new InferenceChunk
        {
            Start = FramesExchange.Start,
            TokenIds = FramesExchange.AnswerIds,
            End = FramesExchange.End,
        };
    }

    private static async IAsyncEnumerable<InferenceChunk> StreamAsync(int count)
    {
        const int AtATime = 16;
        int[] id = [7];
        for (var i = 0; i < count; i++)
        {
            if (i % AtATime == 0)
                await Task.Yield();
            yield return new InferenceChunk
            {
                Start = i == 0 ? FramesExchange.Start : null,
                TokenIds = id,
                End = i == count - 1 ? FramesExchange.End : null,
            };
        }
    }

    private static async IAsyncEnumerable<InferenceChunk> StallAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new InferenceChunk { Start = FramesExchange.Start, TokenIds = FramesExchange.AnswerIds };
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
