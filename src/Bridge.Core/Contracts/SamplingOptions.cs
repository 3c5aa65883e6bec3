namespace ThemisBridge.Core.Contracts;

/// <summary>
/// How tokens are chosen and when to stop. Null means "left out": the model's own value, or the table of
/// <see cref="SamplingDefaults"/>. One sequence per request (n = 1).
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>Everything left out.</summary>
    public static SamplingOptions Unset { get; } = new();

    /// <summary>The most tokens to generate, at least 1. Null: what is left of the context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The fewest tokens before an end token or stop string counts; 0 to <see cref="MaxTokens"/>.</summary>
    public int? MinTokens { get; init; }

    /// <summary>Randomness, 0 to 2; 0 always takes the likeliest token.</summary>
    public double? Temperature { get; init; }

    /// <summary>Nucleus: the smallest set of tokens with this probability; above 0, at most 1.</summary>
    public double? TopP { get; init; }

    /// <summary>How many of the likeliest tokens to consider; 0 or -1 for all.</summary>
    public int? TopK { get; init; }

    /// <summary>Least probability relative to the likeliest token, 0 to 1.</summary>
    public double? MinP { get; init; }

    /// <summary>The random seed, 0 to 2³¹−1. Null: a fresh one, reported in the first chunk where the engine
    /// tells.</summary>
    public int? Seed { get; init; }

    /// <summary>Penalty per use of a token in the output so far, −2 to 2.</summary>
    public double? FrequencyPenalty { get; init; }

    /// <summary>Penalty for any use of a token in the output so far, −2 to 2.</summary>
    public double? PresencePenalty { get; init; }

    /// <summary>Factor against tokens of prompt and output, above 0, at most 2; 1 is off.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>What to add to the logits of single token ids, −100 to 100 each. Null: nothing.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>Texts that end the output; never empty strings. The stop string is cut off unless
    /// <see cref="IncludeStopInOutput"/>.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Token ids that end the output, beside the model's own end tokens.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>Whether a matched stop string stays in the text. Default: false.</summary>
    public bool IncludeStopInOutput { get; init; }

    /// <summary>Whether to go on after the model's end token. Default: false.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Whether special tokens are left out of the text. Default: true.</summary>
    public bool SkipSpecialTokens { get; init; } = true;

    /// <summary>How many alternatives with logarithms of probability to report per token, 0 to 20; 0 reports the chosen
    /// token alone. Null: no probabilities.</summary>
    public int? Logprobs { get; init; }
}
