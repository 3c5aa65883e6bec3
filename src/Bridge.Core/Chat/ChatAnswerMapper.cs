using System.Text.Json;
using Microsoft.Extensions.AI;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Core.Chat;

/// <summary>Answers in Microsoft.Extensions.AI's words.</summary>
internal static class ChatAnswerMapper
{
    public static ChatResponse Response(InferenceResult result, DateTimeOffset now)
    {
        List<AIContent> contents = [];
        if (!string.IsNullOrEmpty(result.Reasoning))
        {
            contents.Add(new TextReasoningContent(result.Reasoning));
        }

        if (result.Text.Length > 0)
        {
            contents.Add(new TextContent(result.Text));
        }

        contents.AddRange(result.ToolCalls.Select(Call));
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, contents) { MessageId = result.Start.RequestId })
        {
            ResponseId = result.Start.RequestId,
            ModelId = result.Start.Model,
            CreatedAt = now,
            FinishReason = Reason(result.End.Reason),
            Usage = Usage(result.End.Usage),
            RawRepresentation = result,
            AdditionalProperties = WhoAnswered(result.Start),
        };
    }

    public static AdditionalPropertiesDictionary WhoAnswered(GenerationStart start) => new()
    {
        ["engine"] = start.Engine,
        ["transport"] = start.Transport,
    };

    public static ChatFinishReason Reason(FinishReason reason) => reason switch
    {
        FinishReason.Stop => ChatFinishReason.Stop,
        FinishReason.Length => ChatFinishReason.Length,
        FinishReason.ToolCalls => ChatFinishReason.ToolCalls,
        _ => new ChatFinishReason("repetition"),
    };

    public static UsageDetails Usage(TokenUsage usage) => new()
    {
        InputTokenCount = usage.PromptTokens,
        CachedInputTokenCount = usage.CachedTokens,
        OutputTokenCount = usage.CompletionTokens,
        TotalTokenCount = usage.PromptTokens + usage.CompletionTokens,
    };

    // Arguments that are no JSON object are kept as an exception in the content, as the library's own clients do.
    public static FunctionCallContent Call(ToolCall call) => FunctionCallContent.CreateFromParsedArguments(
        call.ArgumentsJson, call.Id, call.Name,
        static json => string.IsNullOrWhiteSpace(json) ? null : JsonSerializer.Deserialize(json,
            (System.Text.Json.Serialization.Metadata.JsonTypeInfo<IDictionary<string, object?>>)
            AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>))));
}
