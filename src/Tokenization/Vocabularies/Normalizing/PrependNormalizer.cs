namespace ThemisBridge.Tokenization.Vocabularies.Normalizing;

/// <summary>Puts something before a text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : ITextNormalizer
{
    public string Normalize(string text, TextGrowth growth)
    {
        if (text.Length == 0)
        {
            return text;
        }

        growth.Add(prefix.Length);
        return prefix + text;
    }
}
