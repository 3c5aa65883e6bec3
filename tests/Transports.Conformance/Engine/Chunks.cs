using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Conformance.Engine;

/// <summary>Answers for a <see cref="ScriptedEngine"/>.</summary>
public static class Chunks
{
    /// <summary>The start that a first chunk carries.</summary>
    public static GenerationStart Start { get; } = new() { Model = "m", Seed = 5, EngineRequestId = "engine-1" };

    /// <summary>An end after some tokens.</summary>
    public static GenerationEnd End(int tokens) => new(FinishReason.Stop, new TokenUsage(3, 1, tokens));

    /// <summary>One chunk per token, each with its text; ids count from 0.</summary>
    public static IEnumerable<InferenceChunk> Tokens(int count, int first = 0) =>
        Enumerable.Range(0, count).Select(i => new InferenceChunk
        {
            TokenIds = new[] { first + i },
            Text = $"{first + i} ",
            Start = i == 0 ? Start : null,
            End = i == count - 1 ? End(count) : null,
        });

    /// <summary>An answer that is there at once.</summary>
    public static async IAsyncEnumerable<InferenceChunk> Of(IEnumerable<InferenceChunk> chunks)
    {
        await Task.Yield();
        foreach (InferenceChunk chunk in chunks)
        {
            yield return chunk;
        }
    }

    /// <summary>Some tokens, and then nothing until the request is cancelled.</summary>
    public static async IAsyncEnumerable<InferenceChunk> ThenStall(
        int tokens, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (InferenceChunk chunk in Tokens(tokens))
        {
            yield return chunk with { End = null };
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    /// <summary>Some tokens, and then a failure.</summary>
    public static async IAsyncEnumerable<InferenceChunk> ThenFail(int tokens, Exception failure)
    {
        await Task.Yield();
        foreach (InferenceChunk chunk in Tokens(tokens))
        {
            yield return chunk with { End = null };
        }

        throw failure;
    }

    /// <summary>Tokens without end, as fast as they are taken.</summary>
    public static async IAsyncEnumerable<InferenceChunk> Endless(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        for (int i = 0; ; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new InferenceChunk { TokenIds = new[] { i }, Text = $"{i} ", Start = i == 0 ? Start : null };
        }
    }

    /// <summary>One token each time that a signal comes; ends after <paramref name="count"/>.</summary>
    public static async IAsyncEnumerable<InferenceChunk> OnSignal(
        SemaphoreSlim signal, int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (InferenceChunk chunk in Tokens(count))
        {
            await signal.WaitAsync(cancellationToken);
            yield return chunk;
        }
    }
}
