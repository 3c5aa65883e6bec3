namespace ThemisBridge.Core.Contracts;

/// <summary>Token ids to turn into text.</summary>
public sealed record DetokenizeRequest
{
    /// <summary>The public name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The ids, each inside the vocabulary.</summary>
    public required ReadOnlyMemory<int> TokenIds { get; init; }

    /// <summary>Whether special tokens are left out of the text. Default: false, as vLLM's <c>/detokenize</c>
    /// does.</summary>
    public bool SkipSpecialTokens { get; init; }
}
