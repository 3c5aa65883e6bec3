using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>Parses request bodies with the errors of both front ends.</summary>
internal static partial class JsonBody
{
    /// <summary>Reads a body, which must be an object.</summary>
    /// <exception cref="VllmError">It is none, or is refused by what reads it.</exception>
    public static T Read<T>(ReplayedRequest request, VllmDialect dialect, Func<JsonElement, T> read)
    {
        JsonElement body = Parse(request, dialect);
        try
        {
            return read(body);
        }
        catch (InvalidOperationException)
        {
            // A JSON string with half a surrogate pair has no text.
            throw VllmError.BadRequest(
                "TextEncodeInput must be Union[TextInputSequence, Tuple[InputSequence, InputSequence]]");
        }
    }

    private static JsonElement Parse(ReplayedRequest request, VllmDialect dialect)
    {
        if (request.Header("content-type")?.Split(';')[0].Trim()
            .Equals("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new VllmError(400, "Bad Request",
                "1 validation error:\n  Unsupported Media Type: Only 'application/json' is allowed");
        }

        if (request.Body.Length == 0)
        {
            throw SchemaFaults.ErrorOf(new SchemaFault("missing", "body", "Field required", "'None'"));
        }

        JsonElement body = ParseText(request.Body, dialect);
        return body.ValueKind == JsonValueKind.Object
            ? body
            : throw SchemaFaults.ErrorOf(new SchemaFault("model_attributes_type", "body",
                "Input should be a valid dictionary or object to extract fields from", PythonText.Input(body)));
    }

    private static JsonElement ParseText(ReadOnlyMemory<byte> utf8, VllmDialect dialect)
    {
        if (!Utf8.IsValid(utf8.Span))
        {
            // Compressed bodies end here as well.
            throw new UnreadableBodyException();
        }

        try
        {
            return JsonElement.Parse(utf8.Span);
        }
        catch (JsonException e)
        {
            string text = Encoding.UTF8.GetString(utf8.Span);
            string quoted = BareNaN().Replace(text, "$1\"NaN\"");
            return quoted == text
                ? throw Invalid(text, (int)(e.BytePositionInLine ?? 0), dialect)
                : ParseText(Encoding.UTF8.GetBytes(quoted), dialect);
        }
    }

    private static VllmError Invalid(string text, int position, VllmDialect dialect)
    {
        if (dialect == VllmDialect.Rust)
        {
            // serde names the member that it was reading.
            Match member = LastMember().Match(text[..Math.Min(position, text.Length)]);
            string path = member.Success ? member.Groups[1].Value + ": " : "";
            return new VllmError(400, "", $"Failed to parse the request body as JSON: {path}EOF while parsing a value "
                + string.Create(CultureInfo.InvariantCulture, $"at line 1 column {position}"))
            { RustCode = "json_parse_error" };
        }

        return SchemaFaults.ErrorOf(new SchemaFault("json_invalid", $"body.{position}", "JSON decode error",
            "'<dict of 0 items>'", "{'error': 'Expecting value'}"));
    }

    // Python's parser takes the bare word NaN, which JSON does not have.
    [GeneratedRegex(@"([:\[,]\s*)NaN(?=\s*[,}\]])")]
    private static partial Regex BareNaN();

    [GeneratedRegex("\"([^\"]*)\"\\s*:\\s*$")]
    private static partial Regex LastMember();
}
