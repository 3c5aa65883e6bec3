namespace ThemisBridge.Core.Contracts;

/// <summary>A whole answer: the chunks of a stream put together.</summary>
public sealed record InferenceResult
{
    /// <summary>Who answered.</summary>
    public required GenerationStart Start { get; init; }

    /// <summary>Why it ended, and what it took.</summary>
    public required GenerationEnd End { get; init; }

    /// <summary>The text; empty when it was not asked for.</summary>
    public string Text { get; init; } = "";

    /// <summary>What a reasoning model thought aloud; null for nothing.</summary>
    public string? Reasoning { get; init; }

    /// <summary>The generated ids; empty when they are not known.</summary>
    public IReadOnlyList<int> TokenIds { get; init; } = [];

    /// <summary>The probabilities, one entry per token, when they were asked for; otherwise empty.</summary>
    public IReadOnlyList<TokenLogprob> Logprobs { get; init; } = [];

    /// <summary>The functions that the model calls; empty for none.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];
}
