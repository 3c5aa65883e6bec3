using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>Writes messages, tools and template switches.</summary>
internal static class ChatFields
{
    public static void Write(Utf8JsonWriter json, ChatPrompt chat)
    {
        json.WriteStartArray("messages"u8);
        foreach (PromptMessage message in chat.Messages)
        {
            WriteMessage(json, message);
        }

        json.WriteEndArray();
        if (chat.Tools.Count > 0)
        {
            json.WriteStartArray("tools"u8);
            foreach (ToolDefinition tool in chat.Tools)
            {
                WriteTool(json, tool);
            }

            json.WriteEndArray();
        }

        WriteToolChoice(json, chat.ToolChoice);
        // vLLM wants the first switched off by hand before it takes the second.
        if (!chat.AddGenerationPrompt || chat.ContinueFinalMessage)
        {
            json.WriteBoolean("add_generation_prompt"u8, false);
        }

        if (chat.ContinueFinalMessage)
        {
            json.WriteBoolean("continue_final_message"u8, true);
        }
    }

    private static void WriteMessage(Utf8JsonWriter json, PromptMessage message)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, message.Role);
        json.WriteString("content"u8, message.Content);
        WriteText(json, "name"u8, message.Name);
        WriteText(json, "tool_call_id"u8, message.ToolCallId);
        WriteText(json, "reasoning"u8, message.Reasoning);
        if (message.ToolCalls.Count > 0)
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (ToolCall call in message.ToolCalls)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, call.Id);
                json.WriteString("type"u8, "function"u8);
                json.WriteStartObject("function"u8);
                json.WriteString("name"u8, call.Name);
                json.WriteString("arguments"u8, call.ArgumentsJson);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, ToolDefinition tool)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "function"u8);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, tool.Name);
        WriteText(json, "description"u8, tool.Description);
        if (tool.ParametersJson is { } parameters)
        {
            json.WritePropertyName("parameters"u8);
            WriteRaw(json, parameters, "tools");
        }

        if (tool.Strict is { } strict)
        {
            json.WriteBoolean("strict"u8, strict);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteToolChoice(Utf8JsonWriter json, ToolChoice? choice)
    {
        if (choice is null)
        {
            return;
        }

        if (choice.Function is not { } function)
        {
            json.WriteString("tool_choice"u8, choice.Mode);
            return;
        }

        json.WriteStartObject("tool_choice"u8);
        json.WriteString("type"u8, "function"u8);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, function);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    /// <summary>Writes JSON that a caller gave as text, once it is known to be JSON.</summary>
    /// <exception cref="BridgeException">It is not.</exception>
    internal static void WriteRaw(Utf8JsonWriter json, string raw, string field)
    {
        try
        {
            json.WriteRawValue(raw);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw Refusal.InvalidRequest(field, $"{field} holds a schema that is not valid JSON: {e.Message}");
        }
    }
}
