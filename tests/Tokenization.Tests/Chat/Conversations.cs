using System.Text.Json.Nodes;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Tokenization.Tests.Chat;

/// <summary>Conversations in OpenAI's form, and as prompts.</summary>
internal static class Conversations
{
    private static readonly JsonObject All = TestData.Json("conversations.json").AsObject();

    public static IEnumerable<string> Names => All.Select(pair => pair.Key);

    public static JsonObject Get(string name) => All[name]!.AsObject();

    public static ChatPrompt Prompt(JsonObject chat) => new([.. chat["messages"]!.AsArray().Select(Message)])
    {
        Tools = chat["tools"] is JsonArray tools ? [.. tools.Select(Tool)] : [],
        AddGenerationPrompt = (bool)chat["add_generation_prompt"]!,
        ContinueFinalMessage = (bool?)chat["continue_final_message"] ?? false,
    };

    private static PromptMessage Message(JsonNode? node) => new((string)node!["role"]!, (string)node["content"]!)
    {
        Name = (string?)node["name"],
        Reasoning = (string?)node["reasoning"],
        ToolCallId = (string?)node["tool_call_id"],
        ToolCalls = node["tool_calls"] is JsonArray calls ? [.. calls.Select(Call)] : [],
    };

    private static ToolCall Call(JsonNode? node) => new(
        (string)node!["id"]!, (string)node["function"]!["name"]!, (string)node["function"]!["arguments"]!);

    private static ToolDefinition Tool(JsonNode? node)
    {
        var function = node!["function"]!;
        return new ToolDefinition(
            (string)function["name"]!, (string?)function["description"], function["parameters"]?.ToJsonString());
    }
}
