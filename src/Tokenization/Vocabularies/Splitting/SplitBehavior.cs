namespace ThemisBridge.Tokenization.Vocabularies.Splitting;

/// <summary>What becomes of the matches of a split pattern; Hugging Face's <c>SplitDelimiterBehavior</c>.</summary>
internal enum SplitBehavior
{
    /// <summary>A match is a piece of its own.</summary>
    Isolated,

    /// <summary>A match is left out.</summary>
    Removed,

    /// <summary>Matches side by side are one piece.</summary>
    Contiguous,

    /// <summary>A match belongs to the text before it.</summary>
    MergedWithPrevious,

    /// <summary>A match belongs to the text after it.</summary>
    MergedWithNext,
}
