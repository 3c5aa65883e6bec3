using ThemisBridge.Tokenization.Text.Normalization;

namespace ThemisBridge.Tokenization.Vocabularies.Normalizing;

/// <summary>Unicode's composed form.</summary>
internal sealed class NfcNormalizer : ITextNormalizer
{
    public string Normalize(string text, TextGrowth growth)
    {
        var composed = Nfc.Normalize(text);
        growth.Add(Math.Max(0, composed.Length - text.Length));
        return composed;
    }
}
