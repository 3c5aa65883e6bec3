using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Chat;

/// <summary>One message of Microsoft.Extensions.AI to ours: one, or one per function result.</summary>
internal static class ChatMessageMapper
{
    public static IEnumerable<PromptMessage> Map(ChatMessage message)
    {
        var text = new StringBuilder();
        StringBuilder? reasoning = null;
        List<ToolCall> calls = [];
        List<PromptMessage> results = [];
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case TextReasoningContent thought:
                    (reasoning ??= new StringBuilder()).Append(thought.Text);
                    break;
                case TextContent part:
                    text.Append(part.Text);
                    break;
                case FunctionCallContent call:
                    calls.Add(new ToolCall(call.CallId, call.Name, Json(call.Arguments)));
                    break;
                case FunctionResultContent result:
                    results.Add(new PromptMessage("tool", ResultText(result)) { ToolCallId = result.CallId });
                    break;
                case UsageContent:
                    break;
                default:
                    throw new BridgeException(BridgeFailure.UnsupportedOption, FailureStage.Admit,
                        $"A message holds {content.GetType().Name}; only text, reasoning and function calls can be sent.")
                    { Parameter = "messages" };
            }
        }

        return results.Count > 0 && text.Length == 0 && calls.Count == 0
            ? results
            : results.Prepend(new PromptMessage(message.Role.Value, text.ToString())
            {
                Name = message.AuthorName,
                ToolCalls = calls,
                Reasoning = reasoning?.ToString(),
            });
    }

    private static string ResultText(FunctionResultContent result) => result.Result switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } element => element.GetString()!,
        object value => Json(value),
    };

    private static string Json(object? value) => value is null
        ? "{}"
        : JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType()));
}
