using ThemisBridge.Tokenization.Text.Normalization;

namespace ThemisBridge.Tokenization.Vocabularies.Normalizing;

/// <summary>Unicode's composed form.</summary>
internal sealed class NfcNormalizer : ITextNormalizer
{
    public string Normalize(string text) => Nfc.Normalize(text);
}
