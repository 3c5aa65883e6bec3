using Microsoft.Extensions.AI;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Chat;

/// <summary>Microsoft.Extensions.AI's messages and options to a request. What has no counterpart is refused by
/// name.</summary>
internal static class ChatRequestMapper
{
    public static InferenceRequest Map(IEnumerable<ChatMessage> messages, ChatOptions? options, string? defaultModel)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new ChatOptions();
        Refuse(options.ConversationId is not null, "ConversationId",
            "The bridge keeps no conversations; send all messages.");
        Refuse(options.ContinuationToken is not null || options.AllowBackgroundResponses is true,
            "AllowBackgroundResponses", "The bridge has no background answers.");
        Refuse(options.RawRepresentationFactory is not null, "RawRepresentationFactory",
            "Use AdditionalProperties, or IThemisBridge itself.");
        Refuse(options.Reasoning is not null, "Reasoning", "Choose a reasoning model instead.");
        Refuse(options.AllowMultipleToolCalls is not null, "AllowMultipleToolCalls", "Leave it out.");

        List<PromptMessage> prompt = [];
        if (!string.IsNullOrEmpty(options.Instructions))
        {
            prompt.Add(new PromptMessage("system", options.Instructions));
        }

        foreach (ChatMessage message in messages)
        {
            prompt.AddRange(ChatMessageMapper.Map(message));
        }

        var request = new InferenceRequest
        {
            Model = options.ModelId ?? defaultModel
                ?? throw Refusal.InvalidRequest("model",
                    "ChatOptions.ModelId names no model, and there is no default model."),
            Prompt = new ChatPrompt(prompt)
            {
                Tools = MapTools(options.Tools),
                ToolChoice = MapToolMode(options.ToolMode),
            },
            Sampling = new SamplingOptions
            {
                MaxTokens = options.MaxOutputTokens,
                Temperature = options.Temperature,
                TopP = options.TopP,
                TopK = options.TopK,
                FrequencyPenalty = options.FrequencyPenalty,
                PresencePenalty = options.PresencePenalty,
                Seed = MapSeed(options.Seed),
                Stop = options.StopSequences is { } stop ? [.. stop] : [],
            },
            StructuredOutput = MapFormat(options.ResponseFormat),
        };
        return options.AdditionalProperties is { Count: > 0 } more ? AdditionalOptions.Apply(request, more) : request;
    }

    private static ToolDefinition[] MapTools(IList<AITool>? tools) => tools is null
        ? []
        : [.. tools.Select(tool => tool is AIFunctionDeclaration function
            ? new ToolDefinition(function.Name, function.Description, function.JsonSchema.GetRawText())
            : throw Unsupported("Tools", $"The tool '{tool.Name}' is no function; only functions can be called."))];

    private static ToolChoice? MapToolMode(ChatToolMode? mode) => mode switch
    {
        null => null,
        AutoChatToolMode => ToolChoice.Auto,
        NoneChatToolMode => ToolChoice.None,
        RequiredChatToolMode { RequiredFunctionName: { } name } => ToolChoice.Named(name),
        RequiredChatToolMode => ToolChoice.Required,
        _ => throw Unsupported("ToolMode", $"The tool mode {mode.GetType().Name} is not known."),
    };

    private static StructuredOutput? MapFormat(ChatResponseFormat? format) => format switch
    {
        null or ChatResponseFormatText => null,
        ChatResponseFormatJson { Schema: { } schema } json =>
            StructuredOutput.JsonSchema(schema.GetRawText()) with { Name = json.SchemaName },
        ChatResponseFormatJson => StructuredOutput.AnyJsonObject,
        _ => throw Unsupported("ResponseFormat", $"The response format {format.GetType().Name} is not known."),
    };

    private static int? MapSeed(long? seed) => seed switch
    {
        null => null,
        >= 0 and <= int.MaxValue => (int)seed,
        _ => throw Refusal.InvalidRequest("seed", $"seed is {seed}; it must be 0 to {int.MaxValue}."),
    };

    private static void Refuse(bool present, string option, string remedy)
    {
        if (present)
        {
            throw Unsupported(option, $"ChatOptions.{option} cannot be honoured. {remedy}");
        }
    }

    private static BridgeException Unsupported(string option, string message) =>
        new(BridgeFailure.UnsupportedOption, FailureStage.Admit, message) { Parameter = option };
}
