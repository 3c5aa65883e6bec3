using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>Reads <c>response_format</c> and <c>structured_outputs</c>. Structural tags bind nothing before their
/// trigger, and nothing at all here.</summary>
internal static class StructureFields
{
    public static StructuredOutput? Read(FieldReader body) => ReadFormat(body) ?? ReadStructured(body);

    private static StructuredOutput? ReadFormat(FieldReader body)
    {
        if (body.Get("response_format") is not { ValueKind: JsonValueKind.Object } format)
        {
            return null;
        }

        string? type = format.TryGetProperty("type", out JsonElement value) ? value.GetString() : null;
        switch (type)
        {
            case "text" or "structural_tag":
                return null;
            case "json_object":
                return StructuredOutput.AnyJsonObject;
            case "json_schema":
                return format.TryGetProperty("json_schema", out JsonElement schema)
                    && schema.TryGetProperty("schema", out JsonElement json)
                    ? StructuredOutput.JsonSchema(json.GetRawText())
                    : throw VllmError.BadRequest("When response_format type is 'json_schema', the 'json_schema' field "
                        + "must be provided. (parameter=response_format)", "response_format");
            default:
                NoteUnknown(format, value, body.Faults);
                return null;
        }
    }

    private static void NoteUnknown(JsonElement format, JsonElement type, SchemaFaults faults)
    {
        const string At = "body.response_format";
        const string Names = "'text', 'json_object' or 'json_schema'";
        const string Tag = "'structural_tag'";
        faults.Add("literal_error", $"{At}.type", $"Input should be {Names}", type,
            $"{{'expected': \"{Names}\"}}");
        faults.Add("literal_error", $"{At}.type", $"Input should be {Tag}", type, $"{{'expected': \"{Tag}\"}}");
        faults.AddMissing($"{At}.format", format);
        faults.Add("literal_error", $"{At}.type", $"Input should be {Tag}", type, $"{{'expected': \"{Tag}\"}}");
        faults.AddMissing($"{At}.structures", format);
        faults.AddMissing($"{At}.triggers", format);
    }

    private static StructuredOutput? ReadStructured(FieldReader body)
    {
        if (body.Get("structured_outputs") is not { ValueKind: JsonValueKind.Object } fields)
        {
            return null;
        }

        StructuredOutput[] kinds = [.. fields.EnumerateObject().Select(KindOf).OfType<StructuredOutput>()];
        return kinds.Length <= 1
            ? kinds.FirstOrDefault()
            : throw VllmError.BadRequest("You can only use one kind of constraints for structured outputs ('json', "
                + "'regex' or 'choice').");
    }

    private static StructuredOutput? KindOf(JsonProperty member) => (member.Name, member.Value.ValueKind) switch
    {
        ("json", JsonValueKind.String) => StructuredOutput.JsonSchema(member.Value.GetString()!),
        ("json", JsonValueKind.Object) => StructuredOutput.JsonSchema(member.Value.GetRawText()),
        ("regex", JsonValueKind.String) => StructuredOutput.Regex(member.Value.GetString()!),
        ("grammar", JsonValueKind.String) => StructuredOutput.Grammar(member.Value.GetString()!),
        ("choice", JsonValueKind.Array) =>
            StructuredOutput.OneOf([.. member.Value.EnumerateArray().Select(one => one.GetString()!)]),
        ("json_object", JsonValueKind.True) => StructuredOutput.AnyJsonObject,
        _ => null,
    };
}
