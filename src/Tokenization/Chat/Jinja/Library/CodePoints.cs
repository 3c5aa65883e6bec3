using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Text by code points, on top of UTF-16.</summary>
internal static class CodePoints
{
    public static long Count(ReadOnlySpan<char> text, RenderBudget budget)
    {
        budget.Scan(text.Length);
        return text.Length - Pairs(text);
    }

    public static IEnumerable<TracedText> Each(TracedText text)
    {
        for (var i = 0; i < text.Length;)
        {
            var length = char.IsHighSurrogate(text.Value[i]) && i + 1 < text.Length ? 2 : 1;
            yield return text.Slice(i, length);
            i += length;
        }
    }

    /// <summary>The code points from one index to before another; both within the text.</summary>
    public static TracedText Slice(TracedText text, long start, long end, RenderBudget budget)
    {
        budget.Scan(text.Length);
        var from = Offset(text.Value, start);
        return text.Slice(from, Offset(text.Value, end) - from);
    }

    /// <summary>Where the code point of an index begins.</summary>
    private static int Offset(string text, long index)
    {
        if (Pairs(text) == 0)
        {
            return (int)index;
        }

        var offset = 0;
        for (; index > 0 && offset < text.Length; index--)
        {
            offset += char.IsHighSurrogate(text[offset]) ? 2 : 1;
        }

        return offset;
    }

    private static int Pairs(ReadOnlySpan<char> text)
    {
        var pairs = 0;
        for (var i = text.IndexOfAnyInRange('\uD800', '\uDBFF'); i >= 0 && i < text.Length; i++)
        {
            pairs += char.IsHighSurrogate(text[i]) ? 1 : 0;
        }

        return pairs;
    }
}
