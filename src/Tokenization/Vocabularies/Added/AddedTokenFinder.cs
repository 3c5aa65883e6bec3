using System.Buffers;
using System.Globalization;
using System.Text;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Vocabularies.Added;

/// <summary>
/// Finds added tokens in text: the leftmost, of those the longest. A special token counts only where every one of its
/// characters is trusted; where it does not count, the search goes on as if it were not there. Immutable.
/// </summary>
internal sealed class AddedTokenFinder
{
    private readonly AddedToken?[] _tokens;
    private readonly Dictionary<(int Node, char Next), int> _nodes = [];
    private readonly SearchValues<char> _starts;

    /// <param name="tokens">The tokens; of two with one spelling the later counts.</param>
    public AddedTokenFinder(IEnumerable<AddedToken> tokens)
    {
        var ends = new List<AddedToken?> { null };
        var starts = new HashSet<char>();
        foreach (var token in tokens)
        {
            starts.Add(token.Content[0]);
            var node = 0;
            foreach (var c in token.Content)
            {
                if (!_nodes.TryGetValue((node, c), out var next))
                {
                    next = ends.Count;
                    _nodes.Add((node, c), next);
                    ends.Add(null);
                }

                node = next;
            }

            ends[node] = token;
        }

        _tokens = [.. ends];
        _starts = SearchValues.Create([.. starts]);
    }

    public bool IsEmpty => _tokens.Length == 1;

    /// <summary>The first match at or after a position.</summary>
    /// <param name="text">The text.</param>
    /// <param name="origin">Who wrote it: the traced text and where in it the text starts. Null: all is
    /// trusted.</param>
    /// <param name="from">Where to start; what lies before belongs to earlier matches.</param>
    /// <param name="match">The match.</param>
    public bool TryFind(
        ReadOnlySpan<char> text, (TracedText Text, int Offset)? origin, int from, out AddedTokenMatch match)
    {
        var position = from;
        while (position < text.Length)
        {
            var skip = text[position..].IndexOfAny(_starts);
            if (skip < 0)
            {
                break;
            }

            position += skip;
            var token = LongestAt(text, origin, position);
            if (token is null)
            {
                position++;
                continue;
            }

            var end = position + token.Content.Length;
            if (token.IsSingleWord && !StandsAlone(text, position, end))
            {
                position = end;
                continue;
            }

            match = new AddedTokenMatch(
                token.Id,
                token.StripsLeft ? from + text[from..position].TrimEnd().Length : position,
                token.StripsRight ? text.Length - text[end..].TrimStart().Length : end);
            return true;
        }

        match = default;
        return false;
    }

    private AddedToken? LongestAt(ReadOnlySpan<char> text, (TracedText Text, int Offset)? origin, int position)
    {
        AddedToken? longest = null;
        var node = 0;
        for (var i = position; i < text.Length && _nodes.TryGetValue((node, text[i]), out node); i++)
        {
            if (_tokens[node] is { } token && (!token.IsSpecial || origin is not { } known
                || known.Text.IsTrusted(known.Offset + position, token.Content.Length)))
            {
                longest = token;
            }
        }

        return longest;
    }

    private static bool StandsAlone(ReadOnlySpan<char> text, int start, int end)
    {
        Rune.DecodeLastFromUtf16(text[..start], out var before, out _);
        Rune.DecodeFromUtf16(text[end..], out var after, out _);
        return (start == 0 || !IsWordPart(before)) && (end == text.Length || !IsWordPart(after));
    }

    /// <summary>Rust's <c>\w</c> without its few letters that are symbols by category.</summary>
    private static bool IsWordPart(Rune rune) => Rune.GetUnicodeCategory(rune) is
        <= UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
        or UnicodeCategory.ConnectorPunctuation;
}
