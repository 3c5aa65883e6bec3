using System.Globalization;
using System.Numerics;
using System.Text;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>
/// Values as Python prints them: <c>True</c>, <c>None</c>, <c>['a', 1.0]</c>. Text keeps its origin; what the printer
/// itself writes counts as the template's, which asked for it. A few lists that hold each other twice are an endless
/// text, so every value is counted before it is printed.
/// </summary>
internal sealed class Printer
{
    private readonly TracedTextBuilder _builder = new();
    private readonly RenderBudget _budget;

    private Printer(RenderBudget budget) => _budget = budget;

    /// <summary>Python's <c>str()</c>.</summary>
    public static TracedText Text(object? value, RenderBudget budget)
    {
        if (value is TracedText text)
        {
            return text;
        }

        var printer = new Printer(budget);
        printer.Append(value, 0);
        return printer._builder.Build();
    }

    private void Append(object? value, int depth)
    {
        if (depth > JinjaLimits.ValueDepth)
        {
            throw TemplateFault.Limit("a value is nested too deep to be printed");
        }

        _budget.Step();
        switch (value)
        {
            case JinjaList list:
                AppendList(list, depth);
                break;
            case JinjaDict dict:
                AppendDict(dict, depth);
                break;
            case TracedText text:
                AppendQuoted(text);
                break;
            default:
                Put(Simple(value));
                break;
        }
    }

    private string Simple(object? value) => value switch
    {
        null => "None",
        Undefined => "",
        bool flag => flag ? "True" : "False",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        BigInteger big => Digits(big, _budget),
        double number => PythonFloat.Text(number),
        _ => throw TemplateFault.Run($"{TypeName.Of(value)} is printed"),
    };

    /// <summary>The digits of a number that may have thousands; finding them takes longer than writing them.</summary>
    public static string Digits(BigInteger number, RenderBudget budget)
    {
        budget.Step(number.GetByteCount());
        return number.ToString(CultureInfo.InvariantCulture);
    }

    private void AppendList(JinjaList list, int depth)
    {
        Put(list.IsTuple ? "(" : "[");
        for (var i = 0; i < list.Items.Count; i++)
        {
            Put(i > 0 ? ", " : "");
            Append(list.Items[i], depth + 1);
        }

        Put(!list.IsTuple ? "]" : list.Items.Count == 1 ? ",)" : ")");
    }

    private void AppendDict(JinjaDict dict, int depth)
    {
        Put("{");
        var separator = "";
        foreach (var (key, item) in dict.Items)
        {
            Put(separator);
            separator = ", ";
            Append(JinjaDict.Unwrap(key), depth + 1);
            Put(": ");
            Append(item, depth + 1);
        }

        Put("}");
    }

    private void AppendQuoted(TracedText text)
    {
        var value = text.Value;
        _budget.Walk(value.Length);
        var quote = value.Contains('\'') && !value.Contains('"') ? '"' : '\'';
        Put([quote]);
        for (var i = 0; i < value.Length;)
        {
            var rune = Rune.GetRuneAt(value, i);
            if (Escape(rune, quote) is { } escape)
            {
                _budget.Characters(escape.Length);
                _builder.Append(escape, text.IsTrusted(i, rune.Utf16SequenceLength));
            }
            else
            {
                _budget.Characters(rune.Utf16SequenceLength);
                _builder.Append(text, i, rune.Utf16SequenceLength);
            }

            i += rune.Utf16SequenceLength;
        }

        Put([quote]);
    }

    private void Put(ReadOnlySpan<char> text)
    {
        _budget.Characters(text.Length);
        _builder.Append(text, trusted: true);
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
