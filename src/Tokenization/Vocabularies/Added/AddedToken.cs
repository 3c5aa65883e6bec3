namespace ThemisBridge.Tokenization.Vocabularies.Added;

/// <summary>A token that is found in the text before any merging: Hugging Face's <c>AddedToken</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">How it is spelled; not empty.</param>
internal sealed record AddedToken(int Id, string Content)
{
    /// <summary>Whether it steers the model: recognised only where trusted, and left out of answers.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>Whether it is looked for in the normalized text.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Whether it counts only between characters that are no parts of words.</summary>
    public bool IsSingleWord { get; init; }

    /// <summary>Whether it takes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Whether it takes the white space after it.</summary>
    public bool StripsRight { get; init; }
}
