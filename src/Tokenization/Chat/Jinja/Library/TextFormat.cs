using System.Globalization;
using System.Numerics;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Python's two ways to fill values into text, as far as templates go: no widths, no precisions.</summary>
internal static class TextFormat
{
    /// <summary><c>'{} {0} {name}'.format(…)</c>.</summary>
    public static TracedText Braces(TracedText text, CallArguments arguments, RenderBudget budget)
    {
        budget.Walk(text.Length);
        var builder = new TracedTextBuilder();
        var next = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text.Value[i];
            if (c is not ('{' or '}'))
            {
                builder.Append(text, i, 1);
            }
            else if (i + 1 < text.Length && text.Value[i + 1] == c)
            {
                builder.Append(text, i++, 1);
            }
            else
            {
                var end = c == '{' ? text.Value.IndexOf('}', i) : -1;
                var field = end < 0 ? throw TemplateFault.Run("a single brace in a format") : text.Value[(i + 1)..end];
                var value = Printer.Text(Field(field, arguments, ref next), budget);
                budget.Characters(value.Length);
                builder.Append(value);
                i = end;
            }
        }

        return budget.Made(builder.Build());
    }

    /// <summary><c>'%s %d' % values</c>.</summary>
    public static TracedText Percent(TracedText text, object? values, RenderBudget budget)
    {
        var items = values is JinjaList { IsTuple: true } tuple ? tuple.Items : [values];
        budget.Walk(text.Length);
        var builder = new TracedTextBuilder();
        var next = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text.Value[i] != '%')
            {
                builder.Append(text, i, 1);
                continue;
            }

            i++;
            var kind = i < text.Length ? text.Value[i] : ' ';
            if (kind == '%')
            {
                builder.Append(text, i, 1);
                continue;
            }

            var value = next < items.Count ? items[next++] : throw TemplateFault.Run("a format with too few values");
            var filled = Filled(kind, value, budget);
            budget.Characters(filled.Length);
            builder.Append(filled);
        }

        return next == items.Count || values is JinjaDict
            ? budget.Made(builder.Build())
            : throw TemplateFault.Run("a format with too many values");
    }

    private static object? Field(string field, CallArguments arguments, ref int next)
    {
        if (field.Length == 0)
        {
            field = next++.ToString(CultureInfo.InvariantCulture);
        }

        if (int.TryParse(field, CultureInfo.InvariantCulture, out var index))
        {
            return index >= 0 && index < arguments.Positional.Count
                ? arguments.Positional[index]
                : throw TemplateFault.Run("a format with too few values");
        }

        foreach (var (name, value) in arguments.Named)
        {
            if (name == field)
            {
                return value;
            }
        }

        throw TemplateFault.Run("a format with a field that is not given, or with options, which are not supported");
    }

    private static TracedText Filled(char kind, object? value, RenderBudget budget) => (kind, value) switch
    {
        ('s', _) => Printer.Text(value, budget),
        ('d' or 'i', long or BigInteger) => Printer.Text(value, budget),
        ('d' or 'i', bool flag) => TracedText.Trusted(flag ? "1" : "0"),
        ('d' or 'i', double number) =>
            TracedText.Trusted(Math.Truncate(number).ToString("F0", CultureInfo.InvariantCulture)),
        _ => throw TemplateFault.Run($"'%{kind}' with {TypeName.Of(value)} in a format"),
    };
}
