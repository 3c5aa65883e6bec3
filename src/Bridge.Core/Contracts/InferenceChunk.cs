namespace ThemisBridge.Core.Contracts;

/// <summary>
/// One piece of output. Text and ids of one chunk need not match; their concatenations do. Text never splits a UTF-8
/// character or a stop string and never holds the end token; the ids do hold it.
/// </summary>
public readonly struct InferenceChunk
{
    /// <summary>
    /// The next token ids; empty when none are known. The backend owns the memory: it is valid until the next call of
    /// <c>MoveNextAsync</c>, so a caller that keeps ids copies them.
    /// </summary>
    public ReadOnlyMemory<int> TokenIds { get; init; }

    /// <summary>The next characters of the answer; null when text was not asked for or none is ready.</summary>
    public string? Text { get; init; }

    /// <summary>The next characters of what a reasoning model thinks aloud; null for none.</summary>
    public string? Reasoning { get; init; }

    /// <summary>One entry per token of <see cref="TokenIds"/> when probabilities were asked for; otherwise
    /// null.</summary>
    public IReadOnlyList<TokenLogprob>? Logprobs { get; init; }

    /// <summary>Pieces of function calls; null for none.</summary>
    public IReadOnlyList<ToolCallDelta>? ToolCalls { get; init; }

    /// <summary>In the first chunk of an answer: who answers, and what it made of the prompt. Otherwise null.</summary>
    public GenerationStart? Start { get; init; }

    /// <summary>In the last chunk of an answer: why it ended, and what it took. Otherwise null.</summary>
    public GenerationEnd? End { get; init; }
}
