using ThemisBridge.Tokenization.Vocabularies.Added;
using ThemisBridge.Tokenization.Vocabularies.Bpe;
using ThemisBridge.Tokenization.Vocabularies.Normalizing;
using ThemisBridge.Tokenization.Vocabularies.Splitting;

namespace ThemisBridge.Tokenization.Vocabularies;

/// <summary>What a <see cref="BpeVocabulary"/> is made of.</summary>
internal sealed record VocabularyParts
{
    /// <summary>The model's own pieces.</summary>
    public required Dictionary<string, int> Pieces { get; init; }

    /// <summary>The model over them.</summary>
    public required BpeModel Model { get; init; }

    /// <summary>The tokens that are found before merging; some have a piece of the model's as well.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>The rewriting steps, in order.</summary>
    public required IReadOnlyList<ITextNormalizer> Normalizers { get; init; }

    /// <summary>What marks spaces and the start of a text, or null.</summary>
    public required SpaceMarker? SpaceMarker { get; init; }

    /// <summary>The cutting steps, in order.</summary>
    public required IReadOnlyList<SplitStep> Splits { get; init; }

    /// <summary>The bytes of a piece.</summary>
    public required Func<string, byte[]> Decode { get; init; }

    /// <summary>Whether a decoded text loses one space at its start, which encoding added.</summary>
    public required bool DropsLeadingSpace { get; init; }

    /// <summary>The ids that the model wants before a text.</summary>
    public required int[] Prefix { get; init; }

    /// <summary>The ids that the model wants after a text.</summary>
    public required int[] Suffix { get; init; }
}
