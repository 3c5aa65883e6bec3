using System.Buffers;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Cuts text into lists of text.</summary>
internal static class TextSplit
{
    private static readonly SearchValues<char> LineEnds =
        SearchValues.Create("\n\r\v\f\u001C\u001D\u001E\u0085\u2028\u2029");

    /// <param name="text">The text.</param>
    /// <param name="separator">What separates the parts, or null for any white space.</param>
    /// <param name="most">How many cuts at most; negative for all.</param>
    /// <param name="fromRight">Whether to count the cuts from the end.</param>
    /// <param name="budget">The room for it.</param>
    public static JinjaList At(TracedText text, string? separator, long most, bool fromRight, RenderBudget budget)
    {
        if (separator is { Length: 0 })
        {
            throw TemplateFault.Run("a text is split at nothing");
        }

        budget.Characters(text.Length);
        var cuts = separator is null
            ? SpaceCuts(text.Value, budget)
            : TextCuts(text.Value, separator, fromRight, budget);
        if (separator is null)
        {
            return Words(text, cuts, most, fromRight);
        }

        if (most >= 0 && cuts.Count > most)
        {
            cuts = fromRight ? cuts[^(int)most..] : cuts[..(int)most];
        }

        var parts = new List<object?>();
        var position = 0;
        foreach (var (start, end) in cuts)
        {
            parts.Add(text.Slice(position, start - position));
            position = end;
        }

        parts.Add(text.Slice(position));
        return new JinjaList(parts);
    }

    /// <summary>The lines of a text, at every kind of line end that Python knows.</summary>
    public static JinjaList Lines(TracedText text, bool keepEnds, RenderBudget budget)
    {
        budget.Characters(text.Length);
        var lines = new List<object?>();
        var value = text.Value;
        var start = 0;
        while (start < value.Length)
        {
            budget.Step();
            var length = value.AsSpan(start).IndexOfAny(LineEnds);
            var end = length < 0 ? value.Length : start + length;
            var next = length < 0 ? end : value.AsSpan(end).StartsWith("\r\n") ? end + 2 : end + 1;
            lines.Add(text.Slice(start, (keepEnds ? next : end) - start));
            start = next;
        }

        return new JinjaList(lines);
    }

    private static List<(int Start, int End)> TextCuts(
        string text, string separator, bool fromRight, RenderBudget budget)
    {
        budget.Search(text.Length, separator.Length);
        var cuts = new List<(int, int)>();
        if (!fromRight)
        {
            for (var at = text.IndexOf(separator, StringComparison.Ordinal); at >= 0;
                at = text.IndexOf(separator, at + separator.Length, StringComparison.Ordinal))
            {
                budget.Step();
                cuts.Add((at, at + separator.Length));
            }

            return cuts;
        }

        for (var end = text.Length; text.AsSpan(0, end).LastIndexOf(separator) is var at and >= 0; end = at)
        {
            budget.Step();
            cuts.Add((at, at + separator.Length));
        }

        cuts.Reverse();
        return cuts;
    }

    /// <summary>The stretches of white space.</summary>
    private static List<(int Start, int End)> SpaceCuts(string text, RenderBudget budget)
    {
        budget.Walk(text.Length);
        var cuts = new List<(int, int)>();
        for (var i = 0; i < text.Length; i++)
        {
            var start = i;
            while (i < text.Length && PythonSpace.Is(text[i]))
            {
                i++;
            }

            if (i > start)
            {
                budget.Step();
                cuts.Add((start, i));
            }
        }

        return cuts;
    }

    /// <summary>What lies between stretches of white space; nothing is kept of white space around the whole.</summary>
    private static JinjaList Words(
        TracedText text, List<(int Start, int End)> cuts, long most, bool fromRight)
    {
        var start = cuts is [(0, var firstEnd), ..] ? firstEnd : 0;
        var isLastAtEnd = cuts is [.., var last] && last.End == text.Length && last.Start >= start;
        var end = isLastAtEnd ? cuts[^1].Start : text.Length;
        var inner = cuts.Where(cut => cut.Start > 0 && cut.End < text.Length).ToList();
        if (most >= 0 && inner.Count > most)
        {
            inner = fromRight ? inner[^(int)most..] : inner[..(int)most];

            // The part that is not cut keeps the white space at its far end.
            (start, end) = fromRight ? (0, end) : (start, text.Length);
        }

        var parts = new List<object?>();
        foreach (var (cutStart, cutEnd) in inner)
        {
            parts.Add(text.Slice(start, cutStart - start));
            start = cutEnd;
        }

        if (end > start)
        {
            parts.Add(text.Slice(start, end - start));
        }

        return new JinjaList(parts);
    }
}
