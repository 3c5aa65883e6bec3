namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>A <see cref="CharClass"/> made fast: bits for ASCII and, for classes, for the whole basic plane.</summary>
internal sealed class CharSet
{
    private readonly CharClass _class;
    private readonly ulong _low;
    private readonly ulong _high;
    private readonly ulong[]? _plane;

    /// <param name="class">What the set holds.</param>
    /// <param name="withPlane">Whether to spend 8 KiB on the characters beyond ASCII.</param>
    public CharSet(CharClass @class, bool withPlane)
    {
        _class = @class;
        if (withPlane)
        {
            _plane = new ulong[CharClass.PlaneWords];
            @class.Paint(_plane);
            (_low, _high) = (_plane[0], _plane[1]);
            return;
        }

        for (var i = 0; i < 64; i++)
        {
            _low |= @class.Contains(i) ? 1UL << i : 0;
            _high |= @class.Contains(i + 64) ? 1UL << i : 0;
        }
    }

    /// <summary>
    /// How many UTF-16 units the character at a position has if the set holds it; 0 if not, or at the end.
    /// </summary>
    public int MatchLength(ReadOnlySpan<char> text, int position)
    {
        if ((uint)position >= (uint)text.Length)
        {
            return 0;
        }

        var c = text[position];
        if (c < 128)
        {
            var bits = c < 64 ? _low : _high;
            return (int)((bits >> (c & 63)) & 1);
        }

        return char.IsSurrogate(c) ? MatchPair(text, position) : ContainsBasic(c) ? 1 : 0;
    }

    private bool ContainsBasic(char c) =>
        _plane is null ? _class.Contains(c) : ((_plane[c >> 6] >> (c & 63)) & 1) != 0;

    private int MatchPair(ReadOnlySpan<char> text, int position)
    {
        if (position + 1 < text.Length && char.IsSurrogatePair(text[position], text[position + 1]))
        {
            return _class.Contains(char.ConvertToUtf32(text[position], text[position + 1])) ? 2 : 0;
        }

        return _class.Contains(text[position]) ? 1 : 0;
    }
}
