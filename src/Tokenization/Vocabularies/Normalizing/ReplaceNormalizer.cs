namespace ThemisBridge.Tokenization.Vocabularies.Normalizing;

/// <summary>Puts one string in the place of another, wherever it occurs.</summary>
internal sealed class ReplaceNormalizer(string pattern, string content) : ITextNormalizer
{
    public string Normalize(string text, TextGrowth growth) => growth.Replace(text, pattern, content);
}
