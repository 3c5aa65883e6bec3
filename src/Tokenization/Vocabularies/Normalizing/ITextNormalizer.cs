namespace ThemisBridge.Tokenization.Vocabularies.Normalizing;

/// <summary>One step that rewrites text before it is cut into pieces.</summary>
internal interface ITextNormalizer
{
    /// <summary>The text as rewritten; the same instance where nothing changes.</summary>
    string Normalize(string text);
}
