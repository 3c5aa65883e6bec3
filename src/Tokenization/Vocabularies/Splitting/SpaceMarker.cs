namespace ThemisBridge.Tokenization.Vocabularies.Splitting;

/// <summary>
/// Rewrites a stretch of text between added tokens as the first pre-tokenizer does: a space at its start
/// (<c>ByteLevel</c>) or every space as '▁' (<c>Metaspace</c>).
/// </summary>
/// <param name="Space">How a space is written.</param>
/// <param name="Prefix">When one is put before a text that does not begin with it.</param>
internal sealed record SpaceMarker(char Space, PrefixScheme Prefix)
{
    /// <param name="text">The text; not empty.</param>
    /// <param name="isFirst">Whether it begins the whole prompt.</param>
    public string Mark(ReadOnlySpan<char> text, bool isFirst)
    {
        var marked = text.ToString().Replace(' ', Space);
        var prefixed = Prefix == PrefixScheme.Always || (Prefix == PrefixScheme.First && isFirst);
        return prefixed && marked[0] != Space ? Space + marked : marked;
    }
}
