using System.Text;
using System.Text.Json;

namespace ThemisBridge.Testing.Vllm.Wire;

/// <summary>Values as Python's <c>repr</c> spells them inside error messages.</summary>
internal static class PythonText
{
    /// <summary>A string: in single quotes, or in double ones when it holds single ones.</summary>
    public static string Repr(string value)
    {
        char quote = value.Contains('\'', StringComparison.Ordinal) && !value.Contains('"', StringComparison.Ordinal)
            ? '"' : '\'';
        var text = new StringBuilder().Append(quote);
        foreach (char c in value)
        {
            _ = c switch
            {
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                _ when c == quote => text.Append('\\').Append(c),
                _ => text.Append(c),
            };
        }

        return text.Append(quote).ToString();
    }

    /// <summary>A JSON value as vLLM shows the input of a schema error.</summary>
    public static string Input(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Repr(value.GetString()!),
        JsonValueKind.Null or JsonValueKind.Undefined => "'None'",
        JsonValueKind.True => "'True'",
        JsonValueKind.False => "'False'",
        JsonValueKind.Array => $"'<list of {value.GetArrayLength()} items>'",
        JsonValueKind.Object => $"'<dict of {value.GetPropertyCount()} items>'",
        _ => $"'{value.GetRawText()}'",
    };
}
