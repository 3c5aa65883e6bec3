using System.Text.Json.Nodes;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Tests.Vectors;

/// <summary>Core's requests as the fields of a vector.</summary>
internal static class RequestFields
{
    public static JsonObject Of(uint handle, uint credit, InferenceRequest request)
    {
        SamplingOptions s = request.Sampling;
        JsonObject fields = Common(handle, "generate", request.Model, request.Prompt);
        fields["options"] = Options(
            ("text", request.Output.HasFlag(OutputParts.Text)), ("token_ids", request.Output.HasFlag(OutputParts.TokenIds)),
            ("prompt_ids", request.Output.HasFlag(OutputParts.PromptTokenIds)), ("stream", request.Stream),
            ("ignore_eos", s.IgnoreEos), ("include_stop", s.IncludeStopInOutput),
            ("keep_special_tokens", !s.SkipSpecialTokens), ("bypass_cache", request.CachePolicy == CachePolicy.Bypass));
        fields["credit"] = credit == 0 ? null : credit;
        fields["total_ms"] = request.Deadlines.Total?.TotalMilliseconds;
        fields["first_token_ms"] = request.Deadlines.FirstToken?.TotalMilliseconds;
        fields["idle_ms"] = request.Deadlines.Idle?.TotalMilliseconds;
        fields["priority"] = request.Priority == 0 ? null : request.Priority;
        fields["max_tokens"] = s.MaxTokens;
        fields["min_tokens"] = s.MinTokens;
        fields["top_k"] = s.TopK;
        fields["seed"] = s.Seed;
        fields["logprobs"] = s.Logprobs;
        fields["temperature"] = s.Temperature;
        fields["top_p"] = s.TopP;
        fields["min_p"] = s.MinP;
        fields["frequency_penalty"] = s.FrequencyPenalty;
        fields["presence_penalty"] = s.PresencePenalty;
        fields["repetition_penalty"] = s.RepetitionPenalty;
        fields["stop_ids"] = FrameFields.Ids([.. s.StopTokenIds]);
        fields["request_id"] = request.RequestId;
        fields["traceparent"] = request.TraceParent;
        fields["adapter"] = request.Adapter;
        fields["tenant"] = request.Tenant;
        JsonObject json = fields["json"] as JsonObject ?? [];
        json["stop"] = s.Stop.Count == 0 ? null : Strings(s.Stop);
        json["logit_bias"] = s.LogitBias is null ? null
            : new JsonArray([.. s.LogitBias.Select(pair => (JsonNode)new JsonArray(pair.Key, pair.Value))]);
        json["structured_output"] = request.StructuredOutput is { } structure ? Structure(structure) : null;
        fields["json"] = FrameFields.Clean(json).Count == 0 ? null : json;
        return FrameFields.Clean(fields);
    }

    public static JsonObject Of(uint handle, EmbeddingRequest request)
    {
        int[] ids = [.. request.Inputs.OfType<TokenPrompt>().SelectMany(prompt => prompt.TokenIds.ToArray())];
        JsonNode[] inputs = [.. request.Inputs.Select(
            input => input is TextPrompt text ? (JsonNode)text.Text : ((TokenPrompt)input).TokenIds.Length)];
        return FrameFields.Clean(new JsonObject
        {
            ["type"] = "request",
            ["handle"] = handle,
            ["kind"] = "embed",
            ["prompt"] = "none",
            ["total_ms"] = request.Deadlines.Total?.TotalMilliseconds,
            ["dimensions"] = request.Dimensions,
            ["model"] = request.Model,
            ["ids"] = FrameFields.Ids(ids),
            ["json"] = new JsonObject { ["inputs"] = new JsonArray(inputs) },
        });
    }

    public static JsonObject Of(uint handle, TokenizeRequest request)
    {
        JsonObject fields = Common(handle, "tokenize", request.Model, request.Prompt);
        fields["options"] = request.AddSpecialTokens is not { } add ? null
            : Options(("add_special_given", true), ("add_special", add));
        return FrameFields.Clean(fields);
    }

    public static JsonObject Of(uint handle, DetokenizeRequest request)
    {
        JsonObject fields = Common(handle, "detokenize", request.Model, new TokenPrompt(request.TokenIds));
        fields["options"] = request.SkipSpecialTokens ? null : Options(("keep_special_tokens", true));
        return FrameFields.Clean(fields);
    }

    private static JsonObject Common(uint handle, string kind, string model, Prompt prompt) => new()
    {
        ["type"] = "request",
        ["handle"] = handle,
        ["kind"] = kind,
        ["prompt"] = prompt switch { TokenPrompt => "tokens", TextPrompt => "text", _ => "chat" },
        ["model"] = model,
        ["ids"] = prompt is TokenPrompt tokens ? FrameFields.Ids(tokens.TokenIds.Span) : null,
        ["text"] = (prompt as TextPrompt)?.Text,
        ["json"] = prompt is ChatPrompt chat ? new JsonObject { ["chat"] = Chat(chat) } : null,
    };

    private static JsonObject Chat(ChatPrompt chat) => FrameFields.Clean(new JsonObject
    {
        ["messages"] = new JsonArray([.. chat.Messages.Select(Message)]),
        ["tools"] = chat.Tools.Count == 0 ? null : new JsonArray([.. chat.Tools.Select(Tool)]),
        ["tool_choice"] = chat.ToolChoice is not { } choice ? null
            : FrameFields.Clean(new JsonObject { ["mode"] = choice.Mode, ["function"] = choice.Function }),
        ["add_generation_prompt"] = chat.AddGenerationPrompt ? null : false,
        ["continue_final_message"] = chat.ContinueFinalMessage ? true : null,
    });

    private static JsonNode Message(PromptMessage message) => FrameFields.Clean(new JsonObject
    {
        ["role"] = message.Role,
        ["content"] = message.Content,
        ["name"] = message.Name,
        ["tool_calls"] = message.ToolCalls.Count == 0 ? null : new JsonArray([.. message.ToolCalls.Select(call =>
            (JsonNode)new JsonObject { ["id"] = call.Id, ["name"] = call.Name, ["arguments"] = call.ArgumentsJson })]),
        ["tool_call_id"] = message.ToolCallId,
        ["reasoning"] = message.Reasoning,
    });

    private static JsonNode Tool(ToolDefinition tool) => FrameFields.Clean(new JsonObject
    {
        ["name"] = tool.Name,
        ["description"] = tool.Description,
        ["parameters"] = tool.ParametersJson,
        ["strict"] = tool.Strict,
    });

    private static JsonObject Structure(StructuredOutput structure) => FrameFields.Clean(new JsonObject
    {
        ["kind"] = FrameFields.Word(structure.Kind),
        ["value"] = structure.Value,
        ["choices"] = structure.Choices.Count == 0 ? null : Strings(structure.Choices),
        ["name"] = structure.Name,
    });

    private static JsonArray Strings(IReadOnlyList<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static JsonArray? Options(params (string Name, bool IsSet)[] options)
    {
        JsonNode[] set = [.. options.Where(option => option.IsSet).Select(option => (JsonNode)option.Name)];
        return set.Length == 0 ? null : new JsonArray(set);
    }
}
