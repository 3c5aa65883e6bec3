using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>A generation as it was asked for.</summary>
internal sealed record GenerationCall
{
    public required CallKind Kind { get; init; }

    /// <summary>The id of the answer, prefix included.</summary>
    public required string Id { get; init; }

    /// <summary>The model's name in the answer.</summary>
    public required string Model { get; init; }

    /// <summary>The adapter that the name means, or null.</summary>
    public string? Adapter { get; init; }

    public required IReadOnlyList<CallPrompt> Prompts { get; init; }

    /// <summary>Sequences per prompt (<c>n</c>).</summary>
    public int Count { get; init; } = 1;

    public required SamplingFields Sampling { get; init; }

    public StructuredOutput? StructuredOutput { get; init; }

    public bool IsStream { get; init; }

    public bool IncludesUsage { get; init; }

    /// <summary>Usage in every event.</summary>
    public bool ContinuousUsage { get; init; }

    public bool ReturnsIds { get; init; }

    /// <summary>Tokens of probabilities as <c>token_id:N</c>.</summary>
    public bool TokensAsIds { get; init; }

    /// <summary>Whether the prompt stands before the answer.</summary>
    public bool Echoes { get; init; }

    /// <summary>Whether the token endpoint gives text.</summary>
    public bool WantsText { get; init; } = true;

    /// <summary>How many alternatives to report per token of the prompt; null for none.</summary>
    public int? PromptLogprobs { get; init; }

    /// <summary>Alternatives to show per generated token; null for no probabilities.</summary>
    public int? Logprobs { get; init; }

    public string? Salt { get; init; }

    /// <summary>How many of the prompt's last tokens to keep; null for all.</summary>
    public int? Truncate { get; init; }

    /// <summary>Whether a text is given the vocabulary's special tokens; null for the route's own habit.</summary>
    public bool? AddsSpecial { get; init; }

    public int Priority { get; init; }

    public string? TraceParent { get; init; }

    /// <summary>The random part of <see cref="Id"/>.</summary>
    public required string RequestId { get; init; }

    /// <summary>The id by which a sequence of a prompt is aborted.</summary>
    /// <param name="prompt">The prompt's number.</param>
    public string AbortId(int prompt) => Kind == CallKind.Completion ? $"{Id}-{prompt}" : Id;
}
