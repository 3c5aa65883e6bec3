using ThemisBridge.Core.Contracts;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>A generation that has passed every check: nothing in it can be refused any more.</summary>
internal sealed record GenerationPlan
{
    /// <summary>The prompt's ids, at least one, all inside the vocabulary.</summary>
    public required ReadOnlyMemory<int> Prompt { get; init; }

    /// <summary>The options, with every default filled in.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>The most tokens to generate; with the prompt they fit into the context.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>The seed of random choices, or null when nothing is random.</summary>
    public required int? Seed { get; init; }

    /// <summary>What the caller wants to be given.</summary>
    public required OutputParts Output { get; init; }

    /// <summary>The adapter to apply, or null for the base model.</summary>
    public required AdapterEntry? Adapter { get; init; }

    /// <summary>Whether text has to be made: to be given, or to look for stop strings in it.</summary>
    public bool NeedsText => (Output & OutputParts.Text) != 0 || Sampling.Stop.Count > 0;
}
