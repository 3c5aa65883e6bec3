using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>
/// Writes <see cref="StructuredOutput"/>: OpenAI's <c>response_format</c> where it can say it (a named schema, any JSON
/// object), vLLM's <c>structured_outputs</c> for everything else.
/// </summary>
internal static class StructureFields
{
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
                when structure.Name is not null || dialect.Server == HttpServerKind.OpenAI:
                WriteResponseFormat(json, structure);
                break;
            default:
                WriteStructuredOutputs(json, structure);
                break;
        }
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

    private static void WriteStructuredOutputs(Utf8JsonWriter json, StructuredOutput structure)
    {
        json.WriteStartObject("structured_outputs"u8);
        switch (structure.Kind)
        {
            case StructuredOutputKind.JsonSchema:
                json.WritePropertyName("json"u8);
                ChatFields.WriteRaw(json, structure.Value!, "json_schema");
                break;
            case StructuredOutputKind.Regex:
                json.WriteString("regex"u8, structure.Value);
                break;
            case StructuredOutputKind.Grammar:
                json.WriteString("grammar"u8, structure.Value);
                break;
            case StructuredOutputKind.Choice:
                json.WriteStartArray("choice"u8);
                foreach (string choice in structure.Choices)
                {
                    json.WriteStringValue(choice);
                }

                json.WriteEndArray();
                break;
        }

        json.WriteEndObject();
    }
}
