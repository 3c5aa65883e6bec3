namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>Walks over the code points of a pattern and counts how deep its parts are nested.</summary>
internal sealed class PatternCursor(string pattern)
{
    private const int MaxDepth = 32;

    private readonly int[] _codePoints = [.. pattern.EnumerateRunes().Select(rune => rune.Value)];
    private int _position;
    private int _depth;

    public bool AtEnd => _position >= _codePoints.Length;

    /// <summary>The code point before the last one taken; a space if there is none.</summary>
    public int BeforeLast => _position > 1 ? _codePoints[_position - 2] : ' ';

    public int Peek() => AtEnd ? throw Unsupported("an end here") : _codePoints[_position];

    /// <summary>The code point after the next one, or -1.</summary>
    public int PeekSecond() => _position + 1 < _codePoints.Length ? _codePoints[_position + 1] : -1;

    public int Next()
    {
        var c = Peek();
        _position++;
        return c;
    }

    public bool Take(char c)
    {
        if (AtEnd || _codePoints[_position] != c)
        {
            return false;
        }

        _position++;
        return true;
    }

    public void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw Unsupported("parts nested so deep");
        }
    }

    public void Leave() => _depth--;

    public FormatException Unsupported(string what) =>
        new($"the pattern has {what} (at character {_position}), which is not supported");
}
