using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>Reads chat messages.</summary>
internal static class MessageFields
{
    // The members of vLLM's union of messages that lack a role, in its order.
    private static readonly string[] MissingRole =
    [
        "ChatCompletionDeveloperMessageParam.role", "ChatCompletionSystemMessageParam.role",
        "ChatCompletionUserMessageParam.role", "ChatCompletionAssistantMessageParam.role",
        "ChatCompletionToolMessageParam.role", "ChatCompletionToolMessageParam.tool_call_id",
        "ChatCompletionFunctionMessageParam.name", "ChatCompletionFunctionMessageParam.role",
        "CustomChatCompletionMessageParam.role", "Message.author", "Message.role",
    ];

    public static IReadOnlyList<PromptMessage> Read(FieldReader body, string model)
    {
        if (body.Get("messages") is not { ValueKind: JsonValueKind.Array } messages)
        {
            body.Faults.AddMissing("body.messages", body.Element);
            return [];
        }

        return [.. messages.EnumerateArray().Select((message, i) => ReadOne(message, i, body.Faults, model))];
    }

    private static PromptMessage ReadOne(JsonElement message, int index, SchemaFaults faults, string model)
    {
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("role", out JsonElement role)
            || role.ValueKind != JsonValueKind.String)
        {
            foreach (string missing in MissingRole)
            {
                faults.AddMissing($"body.messages.{index}.{missing}", message);
            }

            return new PromptMessage("user", "");
        }

        var fields = new FieldReader(message, $"body.messages.{index}", faults);
        // A developer speaks as the system does.
        string speaker = role.GetString() is "developer" ? "system" : role.GetString()!;
        return new PromptMessage(speaker, ContentOf(fields.Get("content"), model))
        {
            Name = fields.Text("name"),
            ToolCallId = fields.Text("tool_call_id"),
            Reasoning = fields.Text("reasoning"),
            ToolCalls = fields.Get("tool_calls") is { ValueKind: JsonValueKind.Array } calls
                ? [.. calls.EnumerateArray().Select(CallOf)] : [],
        };
    }

    private static string ContentOf(JsonElement? content, string model) => content switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts =>
            string.Join('\n', parts.EnumerateArray().Select(part => PartOf(part, model))),
        _ => "",
    };

    private static string PartOf(JsonElement part, string model) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out JsonElement text)
            && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw VllmError.BadRequest($"{model} is not a multimodal model");

    private static ToolCall CallOf(JsonElement call)
    {
        JsonElement function = call.TryGetProperty("function", out JsonElement found) ? found : default;
        string TextOf(JsonElement holder, string name) =>
            holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out JsonElement value)
                && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return new ToolCall(TextOf(call, "id"), TextOf(function, "name"), TextOf(function, "arguments"));
    }
}
