namespace ThemisBridge.Tokenization.Vocabularies.Bpe;

/// <summary>How a <see cref="BpeModel"/> begins and what it does with the unknown.</summary>
internal sealed record BpeOptions
{
    /// <summary>Whether symbols are bytes; otherwise they are characters.</summary>
    public bool IsByteLevel { get; init; }

    /// <summary>Whether a piece that is in the vocabulary as a whole is taken as it is.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>Whether a character without a piece becomes the tokens of its bytes.</summary>
    public bool HasByteFallback { get; init; }

    /// <summary>Whether unknown characters side by side are one unknown token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>The id of the unknown token, or -1: unknown characters are left out.</summary>
    public int UnknownId { get; init; } = -1;
}
