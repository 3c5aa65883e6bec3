using System.Text;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Edits of text that keep the origin of what stays.</summary>
internal static class TextEdit
{
    /// <param name="text">The text.</param>
    /// <param name="chars">The characters to strip, or null for white space.</param>
    /// <param name="left">Whether to strip at the start.</param>
    /// <param name="right">Whether to strip at the end.</param>
    /// <param name="budget">The room for it.</param>
    public static TracedText Strip(TracedText text, string? chars, bool left, bool right, RenderBudget budget)
    {
        var set = chars?.EnumerateRunes().ToHashSet();
        var value = text.Value;
        var (start, end) = (0, value.Length);
        while (left && start < end && IsStripped(Rune.GetRuneAt(value, start), set))
        {
            start += char.IsHighSurrogate(value[start]) ? 2 : 1;
        }

        while (right && end > start && IsStripped(LastRune(value, end), set))
        {
            end -= char.IsLowSurrogate(value[end - 1]) ? 2 : 1;
        }

        budget.Walk((chars?.Length ?? 0) + start + value.Length - end);
        return budget.Made(text.Slice(start, end - start));
    }

    /// <param name="text">The text.</param>
    /// <param name="old">What is replaced; nothing means between all characters.</param>
    /// <param name="new">What replaces it.</param>
    /// <param name="count">How often at most; negative for always.</param>
    /// <param name="budget">The room for it.</param>
    public static TracedText Replace(TracedText text, string old, TracedText @new, long count, RenderBudget budget)
    {
        var builder = new TracedTextBuilder();
        var position = 0;
        budget.Search(text.Length, old.Length);
        for (; count != 0; count--)
        {
            budget.Step();
            var found = NextPlace(text.Value, old, position, builder.Length == 0 && position == 0);
            if (found < 0)
            {
                break;
            }

            budget.Characters((long)found - position + @new.Length);
            builder.Append(text, position, found - position);
            builder.Append(@new);
            position = found + old.Length;
            if (old.Length == 0)
            {
                if (position == text.Length)
                {
                    break;
                }

                var length = char.IsHighSurrogate(text.Value[position]) && position + 1 < text.Length ? 2 : 1;
                builder.Append(text, position, length);
                position += length;
            }
        }

        budget.Characters(text.Length - position);
        builder.Append(text, position, text.Length - position);
        return builder.Build();
    }

    /// <summary>Indents every line but, unless told otherwise, the first one and blank ones.</summary>
    public static TracedText Indent(TracedText text, TracedText indent, bool first, bool blank, RenderBudget budget)
    {
        var builder = new TracedTextBuilder();
        var lines = TextSplit.Lines(text, keepEnds: false, budget).Items;

        // Jinja adds a newline before it splits lines, so one at the end is kept; a lone return only becomes half of
        // it.
        if (text.Length == 0 || IsLineEnd(text.Value[^1]))
        {
            lines.Add(TracedText.Empty);
        }

        for (var i = 0; i < lines.Count; i++)
        {
            var line = (TracedText)lines[i]!;
            budget.Characters((long)indent.Length + line.Length + 1);
            builder.Append(i > 0 ? "\n" : "", trusted: true);
            if (i == 0 ? first : blank || line.Length > 0)
            {
                builder.Append(indent);
            }

            builder.Append(line);
        }

        return builder.Build();
    }

    private static bool IsStripped(Rune rune, HashSet<Rune>? set) =>
        set?.Contains(rune) ?? (rune.IsBmp && PythonSpace.Is((char)rune.Value));

    private static Rune LastRune(string text, int end)
    {
        Rune.DecodeLastFromUtf16(text.AsSpan(0, end), out var rune, out _);
        return rune;
    }

    private static bool IsLineEnd(char c) =>
        c is '\n' or '\v' or '\f' or '\x1C' or '\x1D' or '\x1E' or '\x85' or '\u2028' or '\u2029';

    private static int NextPlace(string text, string old, int position, bool isStart) => old.Length == 0
        ? isStart || position <= text.Length ? position : -1
        : text.IndexOf(old, position, StringComparison.Ordinal);
}
