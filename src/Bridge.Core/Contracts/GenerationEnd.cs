namespace ThemisBridge.Core.Contracts;

/// <summary>What the last chunk tells of an answer. An answer without it did not succeed.</summary>
/// <param name="Reason">Why generation ended.</param>
/// <param name="Usage">What it took.</param>
public sealed record GenerationEnd(FinishReason Reason, TokenUsage Usage)
{
    /// <summary>The stop string that matched, or null.</summary>
    public string? StopString { get; init; }

    /// <summary>The id among <see cref="SamplingOptions.StopTokenIds"/> that ended it, or null; null for the model's
    /// own
    /// end token.</summary>
    public int? StopTokenId { get; init; }
}
