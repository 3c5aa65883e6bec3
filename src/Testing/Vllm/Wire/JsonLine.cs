using System.Globalization;
using System.Text;

namespace ThemisBridge.Testing.Vllm.Wire;

/// <summary>
/// Writes JSON as vLLM writes it, byte for byte: members in the order given, no spaces, other than ASCII unescaped.
/// The platform's writer would escape what lies beyond the first plane of Unicode.
/// </summary>
internal sealed class JsonLine
{
    private readonly StringBuilder _text = new();
    private bool _needsComma;

    public JsonLine Open(char bracket = '{')
    {
        Separate();
        _text.Append(bracket);
        _needsComma = false;
        return this;
    }

    public JsonLine Close(char bracket = '}')
    {
        _text.Append(bracket);
        _needsComma = true;
        return this;
    }

    public JsonLine Name(string name)
    {
        Separate();
        Quote(_text, name);
        _text.Append(':');
        _needsComma = false;
        return this;
    }

    public JsonLine Raw(string value)
    {
        Separate();
        _text.Append(value);
        _needsComma = true;
        return this;
    }

    public JsonLine Value(string? value)
    {
        Separate();
        if (value is null)
        {
            _text.Append("null");
        }
        else
        {
            Quote(_text, value);
        }

        _needsComma = true;
        return this;
    }

    public JsonLine Value(long value) => Raw(value.ToString(CultureInfo.InvariantCulture));

    public JsonLine Field(string name, string? value) => Name(name).Value(value);

    public JsonLine Field(string name, long value) => Name(name).Value(value);

    public JsonLine Field(string name, long? value) => value is { } number ? Field(name, number) : Null(name);

    public JsonLine Field(string name, bool value) => Name(name).Raw(value ? "true" : "false");

    public JsonLine Null(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            Name(name).Raw("null");
        }

        return this;
    }

    /// <summary>A list of ids, or null.</summary>
    public JsonLine Ids(string name, IReadOnlyCollection<int>? ids) =>
        ids is null ? Null(name) : Name(name).Raw($"[{string.Join(',', ids)}]");

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    public override string ToString() => _text.ToString();

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    private void Separate()
    {
        if (_needsComma)
        {
            _text.Append(',');
        }
    }
}
