using System.Text.Json;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Writes one function call, whole or a piece of it.</summary>
internal static class ToolCallFields
{
    public static void Write(Utf8JsonWriter json, int? index, string? id, string? name, string arguments)
    {
        json.WriteStartObject();
        if (index is { } position)
        {
            json.WriteNumber("index"u8, position);
        }

        if (id is not null)
        {
            json.WriteString("id"u8, id);
            json.WriteString("type"u8, "function"u8);
        }

        json.WriteStartObject("function"u8);
        if (name is not null)
        {
            json.WriteString("name"u8, name);
        }

        json.WriteString("arguments"u8, arguments);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
