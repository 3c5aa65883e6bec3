using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Tests.Doubles;

/// <summary>Answers for <see cref="FakeBackend"/>.</summary>
internal static class Chunks
{
    public static readonly GenerationEnd End = new(FinishReason.Stop, new TokenUsage(3, 0, 2));

    public static async IAsyncEnumerable<InferenceChunk> Of(params string[] texts)
    {
        await Task.Yield();
        for (int i = 0; i < texts.Length; i++)
        {
            yield return new InferenceChunk
            {
                Text = texts[i],
                TokenIds = new[] { i },
                Start = i == 0 ? new GenerationStart { Model = "served" } : null,
                End = i == texts.Length - 1 ? End : null,
            };
        }
    }

    public static async IAsyncEnumerable<InferenceChunk> ThenFail(Exception exception, params string[] texts)
    {
        await foreach (InferenceChunk chunk in Of(texts))
        {
            yield return chunk with { End = null };
        }

        throw exception;
    }

    public static async IAsyncEnumerable<InferenceChunk> ThenHang(
        TaskCompletionSource hanging, string[] texts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (InferenceChunk chunk in Of(texts))
        {
            yield return chunk with { End = null };
        }

        hanging.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    public static BridgeException Failure(
        BridgeFailure failure, FailureStage stage = FailureStage.Connect, TimeSpan? retryAfter = null) =>
        new(failure, stage, $"the fake says {failure}") { RetryAfter = retryAfter };
}
