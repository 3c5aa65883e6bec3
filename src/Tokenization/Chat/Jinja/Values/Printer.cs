using System.Globalization;
using System.Numerics;
using System.Text;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>
/// Values as Python prints them: <c>True</c>, <c>None</c>, <c>['a', 1.0]</c>. Text keeps its origin; what the printer
/// itself writes counts as the template's, which asked for it.
/// </summary>
internal static class Printer
{
    /// <summary>Python's <c>str()</c>.</summary>
    public static TracedText Text(object? value)
    {
        if (value is TracedText text)
        {
            return text;
        }

        var builder = new TracedTextBuilder();
        Append(builder, value, 0);
        return builder.Build();
    }

    private static void Append(TracedTextBuilder builder, object? value, int depth)
    {
        if (depth > JinjaLimits.ValueDepth)
        {
            throw TemplateFault.Limit("a value is nested too deep to be printed");
        }

        switch (value)
        {
            case JinjaList list:
                AppendList(builder, list, depth);
                break;
            case JinjaDict dict:
                AppendDict(builder, dict, depth);
                break;
            case TracedText text:
                AppendQuoted(builder, text);
                break;
            default:
                builder.Append(Simple(value), trusted: true);
                break;
        }
    }

    private static string Simple(object? value) => value switch
    {
        null => "None",
        Undefined => "",
        bool flag => flag ? "True" : "False",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        BigInteger big => big.ToString(CultureInfo.InvariantCulture),
        double number => PythonFloat.Text(number),
        _ => throw TemplateFault.Run($"{TypeName.Of(value)} is printed"),
    };

    private static void AppendList(TracedTextBuilder builder, JinjaList list, int depth)
    {
        builder.Append(list.IsTuple ? "(" : "[", trusted: true);
        for (var i = 0; i < list.Items.Count; i++)
        {
            builder.Append(i > 0 ? ", " : "", trusted: true);
            Append(builder, list.Items[i], depth + 1);
        }

        builder.Append(!list.IsTuple ? "]" : list.Items.Count == 1 ? ",)" : ")", trusted: true);
    }

    private static void AppendDict(TracedTextBuilder builder, JinjaDict dict, int depth)
    {
        builder.Append("{", trusted: true);
        var separator = "";
        foreach (var (key, item) in dict.Items)
        {
            builder.Append(separator, trusted: true);
            separator = ", ";
            Append(builder, JinjaDict.Unwrap(key), depth + 1);
            builder.Append(": ", trusted: true);
            Append(builder, item, depth + 1);
        }

        builder.Append("}", trusted: true);
    }

    private static void AppendQuoted(TracedTextBuilder builder, TracedText text)
    {
        var value = text.Value;
        var quote = value.Contains('\'') && !value.Contains('"') ? '"' : '\'';
        builder.Append([quote], trusted: true);
        for (var i = 0; i < value.Length;)
        {
            var rune = Rune.GetRuneAt(value, i);
            if (Escape(rune, quote) is { } escape)
            {
                builder.Append(escape, text.IsTrusted(i, rune.Utf16SequenceLength));
            }
            else
            {
                builder.Append(text, i, rune.Utf16SequenceLength);
            }

            i += rune.Utf16SequenceLength;
        }

        builder.Append([quote], trusted: true);
    }

    private static string? Escape(Rune rune, char quote) => rune.Value switch
    {
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ when rune.Value == quote => "\\" + quote,
        _ when IsPrintable(rune) => null,
        < 0x100 => $"\\x{rune.Value:x2}",
        < 0x10000 => $"\\u{rune.Value:x4}",
        _ => $"\\U{rune.Value:x8}",
    };

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);
}
