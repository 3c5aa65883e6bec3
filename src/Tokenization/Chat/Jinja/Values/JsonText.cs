using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>Values to JSON as Python's <c>json.dumps</c> writes it for transformers, and JSON to values.</summary>
internal sealed class JsonText
{
    private readonly TracedTextBuilder _builder = new();
    private readonly JsonStyle _style;

    private JsonText(JsonStyle style) => _style = style;

    public static TracedText Write(object? value, JsonStyle style)
    {
        var writer = new JsonText(style);
        writer.Write(value, 0);
        return writer._builder.Build();
    }

    /// <summary>The value of a JSON element; its text counts as the conversation's.</summary>
    public static object? Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => ReadObject(element),
        JsonValueKind.Array => new JinjaList([.. element.EnumerateArray().Select(Read)]),
        JsonValueKind.String => TracedText.Untrusted(element.GetString()!),
        JsonValueKind.Number => ReadNumber(element.GetRawText()),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static JinjaDict ReadObject(JsonElement element)
    {
        var dict = new JinjaDict();
        foreach (var member in element.EnumerateObject())
        {
            dict.Set(TracedText.Untrusted(member.Name), Read(member.Value));
        }

        return dict;
    }

    private static object ReadNumber(string text)
    {
        if (text.AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return double.Parse(text, CultureInfo.InvariantCulture);
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
        ? [.. Comparison.Sorted(dict.Items, pair => JinjaDict.Unwrap(pair.Key), isDescending: false, () => { })]
        : [.. dict.Items];

    private void WriteAll<T>(string open, string close, IReadOnlyCollection<T> items, int depth, Action<T> write)
    {
        Put(open);
        var first = true;
        foreach (var item in items)
        {
            Put(first ? "" : _style.ItemSeparator);
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

    private static string Simple(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        BigInteger big => big.ToString(CultureInfo.InvariantCulture),
        double number => double.IsFinite(number) ? PythonFloat.Text(number)
            : double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity",
        Undefined undefined => throw undefined.Fault(),
        _ => throw TemplateFault.Run($"{TypeName.Of(value)} has no JSON form"),
    };

    private static TracedText KeyText(object? key) => key switch
    {
        TracedText text => text,
        JinjaList => throw TemplateFault.Run("a tuple as a key has no JSON form"),
        _ => TracedText.Trusted(Simple(key)),
    };

    private void WriteString(TracedText text)
    {
        Put("\"");
        for (var i = 0; i < text.Length;)
        {
            var rest = text.Value.AsSpan(i);
            var plain = _style.EscapesNonAscii
                ? rest.IndexOfAnyExceptInRange(' ', '~')
                : rest.IndexOfAnyInRange('\0', '\x1F');
            var quote = rest.IndexOfAny('"', '\\');
            var length = Math.Min(plain < 0 ? rest.Length : plain, quote < 0 ? rest.Length : quote);
            _builder.Append(text, i, length);
            i += length;
            if (i < text.Length)
            {
                _builder.Append(Escape(text.Value[i]), text.IsTrusted(i, 1));
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

    private void Put(string text) => _builder.Append(text, trusted: true);
}
