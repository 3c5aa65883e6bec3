using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>
/// Writes <see cref="StructuredOutput"/>: OpenAI's <c>response_format</c> where it can say it (a named schema, any JSON
/// object), vLLM's <c>structured_outputs</c> for everything else, and the <c>guided_</c> fields of vLLM before 0.11. A
/// server that does not tell its version gets <c>response_format</c> alone, which every version understands.
/// </summary>
internal static class StructureFields
{
    /// <summary>Writes the fields of <c>/v1/completions</c> and <c>/v1/chat/completions</c>.</summary>
    public static void Write(Utf8JsonWriter json, StructuredOutput? structure, HttpDialect dialect)
    {
        switch (structure?.Kind)
        {
            case null:
                break;
            case StructuredOutputKind.JsonObject:
                json.WriteStartObject("response_format"u8);
                json.WriteString("type"u8, "json_object"u8);
                json.WriteEndObject();
                break;
            case StructuredOutputKind.JsonSchema
                when structure.Name is not null || dialect.Version is null:
                WriteResponseFormat(json, structure);
                break;
            case not null when dialect.SpellsGuided:
                WriteOne(json, structure, "guided_json"u8, "guided_regex"u8, "guided_grammar"u8, "guided_choice"u8);
                break;
            default:
                WriteParameter(json, structure);
                break;
        }
    }

    /// <summary>Writes <c>structured_outputs</c>, which the token endpoint has in its sampling parameters.</summary>
    public static void WriteParameter(Utf8JsonWriter json, StructuredOutput? structure)
    {
        if (structure is null)
        {
            return;
        }

        json.WriteStartObject("structured_outputs"u8);
        if (structure.Kind == StructuredOutputKind.JsonObject)
        {
            json.WriteBoolean("json_object"u8, true);
        }
        else
        {
            WriteOne(json, structure, "json"u8, "regex"u8, "grammar"u8, "choice"u8);
        }

        json.WriteEndObject();
    }

    private static void WriteResponseFormat(Utf8JsonWriter json, StructuredOutput structure)
    {
        json.WriteStartObject("response_format"u8);
        json.WriteString("type"u8, "json_schema"u8);
        json.WriteStartObject("json_schema"u8);
        json.WriteString("name"u8, structure.Name ?? "output");
        json.WritePropertyName("schema"u8);
        ChatFields.WriteRaw(json, structure.Value!, "json_schema");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOne(
        Utf8JsonWriter json, StructuredOutput structure, ReadOnlySpan<byte> schema, ReadOnlySpan<byte> regex,
        ReadOnlySpan<byte> grammar, ReadOnlySpan<byte> choice)
    {
        switch (structure.Kind)
        {
            case StructuredOutputKind.JsonSchema:
                json.WritePropertyName(schema);
                ChatFields.WriteRaw(json, structure.Value!, "json_schema");
                break;
            case StructuredOutputKind.Regex:
                json.WriteString(regex, structure.Value);
                break;
            case StructuredOutputKind.Grammar:
                json.WriteString(grammar, structure.Value);
                break;
            default:
                json.WriteStartArray(choice);
                foreach (string text in structure.Choices)
                {
                    json.WriteStringValue(text);
                }

                json.WriteEndArray();
                break;
        }
    }
}
