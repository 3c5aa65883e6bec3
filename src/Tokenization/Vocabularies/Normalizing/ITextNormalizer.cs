namespace ThemisBridge.Tokenization.Vocabularies.Normalizing;

/// <summary>One step that rewrites text before it is cut into pieces.</summary>
internal interface ITextNormalizer
{
    /// <summary>The text as rewritten; the same instance where nothing changes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="growth">What it may still add.</param>
    string Normalize(string text, TextGrowth growth);
}
