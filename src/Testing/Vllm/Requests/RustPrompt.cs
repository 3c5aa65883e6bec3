using System.Globalization;
using System.Text.Json;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>Reads the <c>prompt</c> of the Rust front end: one text or one list of ids.</summary>
internal static class RustPrompt
{
    /// <exception cref="VllmError">It is missing or something else, told with serde's position.</exception>
    public static IReadOnlyList<CallPrompt> Read(FieldReader body, ReplayedRequest request)
    {
        if (!body.Element.TryGetProperty("prompt", out JsonElement prompt))
        {
            throw Refused("missing field `prompt`", request.Body.Length);
        }

        if (prompt.ValueKind == JsonValueKind.String
            || (prompt.ValueKind == JsonValueKind.Array && prompt.EnumerateArray().All(
                item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) && id >= 0)))
        {
            return PromptFields.Read(prompt, body.Faults);
        }

        throw Refused("prompt: data did not match any variant of untagged enum Prompt", EndOf(request.Body.Span));
    }

    private static VllmError Refused(string what, long column) => new(400, "", string.Create(
        CultureInfo.InvariantCulture,
        $"Failed to deserialize the JSON body into the target type: {what} at line 1 column {column}"))
    { RustCode = "json_parse_error" };

    private static long EndOf(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isPrompt = json.ValueTextEquals("prompt");
            json.Read();
            json.Skip();
            if (isPrompt)
            {
                return json.BytesConsumed;
            }
        }

        return body.Length;
    }
}
