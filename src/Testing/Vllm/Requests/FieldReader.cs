using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>
/// Reads the members of an object as Pydantic does: numbers written as text are numbers, whole floats are integers,
/// unknown members are ignored, and every fault is noted before the first one is told.
/// </summary>
/// <param name="element">The object.</param>
/// <param name="path">Where it is, such as <c>body</c>.</param>
/// <param name="faults">Where faults go.</param>
internal sealed class FieldReader(JsonElement element, string path, SchemaFaults faults)
{
    public JsonElement Element => element;

    public string Path => path;

    public SchemaFaults Faults => faults;

    /// <summary>A member that is there and not null.</summary>
    public JsonElement? Get(string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public bool Flag(string name) => Get(name) is { ValueKind: JsonValueKind.True };

    public string? Text(string name)
    {
        if (Get(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString();
        }

        faults.Add("string_type", $"{path}.{name}", "Input should be a valid string", value);
        return null;
    }

    /// <summary>A number that must be whole and fit into 64 bits.</summary>
    public long? Integer(string name) => Get(name) is { } value ? Integer(value, $"{path}.{name}") : null;

    public double? Number(string name)
    {
        if (Get(name) is not { } value)
        {
            return null;
        }

        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        if (value.ValueKind is JsonValueKind.Number or JsonValueKind.String
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            return number;
        }

        bool isText = value.ValueKind == JsonValueKind.String;
        faults.Add(isText ? "float_parsing" : "float_type", $"{path}.{name}",
            "Input should be a valid number" + (isText ? ", unable to parse string as a number" : ""), value);
        return null;
    }

    /// <summary>One text or a list of them.</summary>
    public IReadOnlyList<string> Texts(string name, int most)
    {
        if (Get(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return [value.GetString()!];
        }

        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= most
            && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String))
        {
            return [.. value.EnumerateArray().Select(one => one.GetString()!)];
        }

        string at = $"{path}.{name}";
        faults.Add("string_type", at, "Input should be a valid string", value);
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > most)
        {
            int count = value.GetArrayLength();
            faults.Add("too_long", at, $"List should have at most {most} items after validation, not {count}", value,
                $"{{'field_type': 'List', 'max_length': {most}, 'actual_length': {count}}}");
        }

        return [];
    }

    public IReadOnlyList<int> Ids(string name) =>
        Get(name) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(
                (one, i) => (int)Math.Clamp(Integer(one, $"{path}.{name}.{i}") ?? 0, int.MinValue, int.MaxValue))]
            : [];

    private long? Integer(JsonElement value, string at)
    {
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        if (value.ValueKind is JsonValueKind.Number or JsonValueKind.String)
        {
            if (BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out BigInteger whole))
            {
                return whole <= long.MaxValue ? (long)BigInteger.Max(whole, long.MinValue) : TooLarge(value, at);
            }

            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                && double.IsInteger(number))
            {
                return (long)number;
            }
        }

        (string type, string message) = value.ValueKind switch
        {
            JsonValueKind.String => ("int_parsing",
                "Input should be a valid integer, unable to parse string as an integer"),
            JsonValueKind.Number => ("int_from_float",
                "Input should be a valid integer, got a number with a fractional part"),
            _ => ("int_type", "Input should be a valid integer"),
        };
        faults.Add(type, at, message, value);
        return null;
    }

    private long? TooLarge(JsonElement value, string at)
    {
        faults.Add("less_than_equal", at, $"Input should be less than or equal to {long.MaxValue}", value,
            $"{{'le': {long.MaxValue}}}");
        return null;
    }
}
