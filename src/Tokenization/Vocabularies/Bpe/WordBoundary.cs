namespace ThemisBridge.Tokenization.Vocabularies.Bpe;

/// <summary>
/// Where a text may be cut without changing any id, for vocabularies that write a space as '▁' and split nowhere
/// themselves: before a '▁' whose predecessor stands before '▁' in no piece, for then no token can hold both. Keeps
/// long texts from being one huge piece.
/// </summary>
internal sealed class WordBoundary
{
    private const char Space = '\u2581';

    private readonly HashSet<char> _joined = [];

    private WordBoundary()
    {
    }

    /// <summary>
    /// The boundary of a vocabulary, or null where '▁' is no piece and so may be part of unknown text.
    /// </summary>
    public static WordBoundary? Find(IReadOnlyCollection<string> pieces)
    {
        var boundary = new WordBoundary();
        var isPiece = false;
        foreach (var piece in pieces)
        {
            isPiece |= piece is [Space];
            for (var i = piece.IndexOf(Space, Math.Min(1, piece.Length)); i > 0; i = piece.IndexOf(Space, i + 1))
            {
                boundary._joined.Add(piece[i - 1]);
            }
        }

        return isPiece ? boundary : null;
    }

    /// <summary>The end of the first word of a text that is not empty.</summary>
    public int NextEnd(ReadOnlySpan<char> text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == Space && !_joined.Contains(text[i - 1]))
            {
                return i;
            }
        }

        return text.Length;
    }
}
