using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>Values to JSON as Python's <c>json.dumps</c> writes it for transformers, and JSON to values.</summary>
internal sealed class JsonText
{
    private static readonly SearchValues<char> Escaped =
        SearchValues.Create([.. Enumerable.Range(0, ' ').Select(c => (char)c), '"', '\\']);

    private static readonly SearchValues<char> PlainAscii =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Except("\"\\")]);

    private readonly TracedTextBuilder _builder = new();
    private readonly JsonStyle _style;
    private readonly RenderBudget _budget;

    private JsonText(JsonStyle style, RenderBudget budget)
    {
        _style = style;
        _budget = budget;
    }

    public static TracedText Write(object? value, JsonStyle style, RenderBudget budget)
    {
        var writer = new JsonText(style, budget);
        writer.Write(value, 0);
        return writer._builder.Build();
    }

    /// <summary>The value of a JSON element; its text counts as the conversation's.</summary>
    /// <param name="element">The element.</param>
    /// <param name="budget">What its values are counted by; null outside of a rendering.</param>
    /// <exception cref="InvalidOperationException">A string has half a UTF-16 pair.</exception>
    public static object? Read(JsonElement element, RenderBudget? budget)
    {
        budget?.Step();
        return element.ValueKind switch
        {
            JsonValueKind.Object => ReadObject(element, budget),
            JsonValueKind.Array => new JinjaList([.. element.EnumerateArray().Select(item => Read(item, budget))]),
            JsonValueKind.String => TracedText.Untrusted(element.GetString()!),
            JsonValueKind.Number => ReadNumber(element.GetRawText()),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };
    }

    private static JinjaDict ReadObject(JsonElement element, RenderBudget? budget)
    {
        var dict = new JinjaDict();
        foreach (var member in element.EnumerateObject())
        {
            dict.Set(TracedText.Untrusted(member.Name), Read(member.Value, budget));
        }

        return dict;
    }

    private static object ReadNumber(string text)
    {
        if (text.AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return double.Parse(text, CultureInfo.InvariantCulture);
        }

        if (text.Length > JinjaLimits.NumberLength)
        {
            throw TemplateFault.Run($"a JSON number of more than {JinjaLimits.NumberLength} digits");
        }

        return long.TryParse(text, CultureInfo.InvariantCulture, out var whole)
            ? (object)whole
            : BigInteger.Parse(text, CultureInfo.InvariantCulture);
    }

    private void Write(object? value, int depth)
    {
        if (depth > JinjaLimits.ValueDepth)
        {
            throw TemplateFault.Limit("a value is nested too deep to be written as JSON");
        }

        _budget.Step();
        switch (value)
        {
            case TracedText text:
                WriteString(text);
                break;
            case JinjaList list:
                WriteAll("[", "]", list.Items, depth, item => Write(item, depth + 1));
                break;
            case JinjaDict dict:
                WriteAll("{", "}", Ordered(dict), depth, pair =>
                {
                    WriteString(KeyText(JinjaDict.Unwrap(pair.Key)));
                    Put(_style.KeySeparator);
                    Write(pair.Value, depth + 1);
                });
                break;
            default:
                Put(Simple(value));
                break;
        }
    }

    private KeyValuePair<object, object?>[] Ordered(JinjaDict dict) => _style.SortsKeys
        ? [.. Comparison.Sorted(dict.Items, pair => JinjaDict.Unwrap(pair.Key), isDescending: false, _budget)]
        : [.. dict.Items];

    private void WriteAll<T>(string open, string close, IReadOnlyCollection<T> items, int depth, Action<T> write)
    {
        Put(open);
        var first = true;
        foreach (var item in items)
        {
            Put(first ? TracedText.Empty : _style.ItemSeparator);
            first = false;
            NewLine(depth + 1);
            write(item);
        }

        if (!first)
        {
            NewLine(depth);
        }

        Put(close);
    }

    private void NewLine(int depth)
    {
        if (_style.Indent is { } indent)
        {
            Put("\n");
            for (var i = 0; i < depth; i++)
            {
                Put(indent);
            }
        }
    }

    private string Simple(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        BigInteger big => Printer.Digits(big, _budget),
        double number => double.IsFinite(number) ? PythonFloat.Text(number)
            : double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity",
        Undefined undefined => throw undefined.Fault(),
        _ => throw TemplateFault.Run($"{TypeName.Of(value)} has no JSON form"),
    };

    private TracedText KeyText(object? key) => key switch
    {
        TracedText text => text,
        JinjaList => throw TemplateFault.Run("a tuple as a key has no JSON form"),
        _ => TracedText.Trusted(Simple(key)),
    };

    private void WriteString(TracedText text)
    {
        Put("\"");
        _budget.Walk(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var rest = text.Value.AsSpan(i);
            var found = _style.EscapesNonAscii ? rest.IndexOfAnyExcept(PlainAscii) : rest.IndexOfAny(Escaped);
            var length = found < 0 ? rest.Length : found;
            _budget.Characters(length);
            _builder.Append(text, i, length);
            i += length;
            if (i < text.Length)
            {
                var escape = Escape(text.Value[i]);
                _budget.Characters(escape.Length);
                _builder.Append(escape, text.IsTrusted(i, 1));
                i++;
            }
        }

        Put("\"");
    }

    private static string Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        _ => $"\\u{(int)c:x4}",
    };

    private void Put(string text)
    {
        _budget.Characters(text.Length);
        _builder.Append(text, trusted: true);
    }

    private void Put(TracedText text)
    {
        _budget.Characters(text.Length);
        _builder.Append(text);
    }
}
