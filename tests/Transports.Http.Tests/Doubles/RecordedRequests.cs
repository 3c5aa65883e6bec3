using System.Globalization;
using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>
/// Reads recorded request bodies as the request of the contract that must produce them. What the contract cannot say is
/// an error: such an exchange is not one of ours.
/// </summary>
internal static class RecordedRequests
{
    public static InferenceRequest Generation(ReadOnlyMemory<byte> body, string path)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        var request = new InferenceRequest
        {
            Model = "?",
            Prompt = new TextPrompt("?"),
            Stream = false,
            Output = OutputParts.Text,
        };
        ChatPrompt? chat = path.EndsWith("chat/completions", StringComparison.Ordinal) ? new ChatPrompt([]) : null;
        foreach (JsonProperty field in document.RootElement.EnumerateObject())
        {
            if (chat is not null && ReadChatField(chat, field) is { } changed)
            {
                chat = changed;
            }
            else
            {
                request = ReadField(request, field);
            }
        }

        return chat is null ? request : request with { Prompt = chat };
    }

    private static InferenceRequest ReadField(InferenceRequest request, JsonProperty field)
    {
        JsonElement value = field.Value;
        SamplingOptions sampling = request.Sampling;
        return field.Name switch
        {
            "model" => request with { Model = value.GetString()! },
            "prompt" => request with { Prompt = ReadPrompt(value) },
            "stream" => request with { Stream = value.GetBoolean() },
            "stream_options" => IsOurs(value) ? request : throw new NotSupportedException(field.Name),
            "return_token_ids" => request with
            {
                Output = OutputParts.Text | OutputParts.TokenIds | OutputParts.PromptTokenIds,
            },
            // An option of the transport, not of the request.
            "stream_interval" => request,
            "priority" => request with { Priority = value.GetInt32() },
            "cache_salt" => request with { Tenant = value.GetString() },
            "structured_outputs" or "response_format" => request with { StructuredOutput = ReadStructure(value) },
            // One number: true beside top_logprobs says no more than that.
            "logprobs" when value.ValueKind == JsonValueKind.True => request,
            "logprobs" or "top_logprobs" => request with { Sampling = sampling with { Logprobs = value.GetInt32() } },
            _ => request with { Sampling = ReadSampling(sampling, field.Name, value) },
        };
    }

    /// <summary>Usage is always asked for, and in every event where the transport is set so; the comparison
    /// knows.</summary>
    internal static bool IsOurs(JsonElement streamOptions) => streamOptions.EnumerateObject().All(option =>
        option.Name is "include_usage" or "continuous_usage_stats" && option.Value.GetBoolean());

    internal static SamplingOptions ReadSampling(
        SamplingOptions sampling, string name, JsonElement value) => name switch
    {
        // vLLM takes 3.0 for 3.
        "max_tokens" => sampling with { MaxTokens = (int)value.GetDouble() },
        "min_tokens" => sampling with { MinTokens = value.GetInt32() },
        "temperature" => sampling with { Temperature = value.GetDouble() },
        "top_p" => sampling with { TopP = value.GetDouble() },
        "top_k" => sampling with { TopK = value.GetInt32() },
        "seed" => sampling with { Seed = value.GetInt32() },
        "ignore_eos" => sampling with { IgnoreEos = value.GetBoolean() },
        "skip_special_tokens" => sampling with { SkipSpecialTokens = value.GetBoolean() },
        "include_stop_str_in_output" => sampling with { IncludeStopInOutput = value.GetBoolean() },
        "stop" when value.ValueKind == JsonValueKind.String => sampling with { Stop = [value.GetString()!] },
        "stop" => sampling with { Stop = [.. value.EnumerateArray().Select(stop => stop.GetString()!)] },
        "stop_token_ids" => sampling with { StopTokenIds = [.. value.EnumerateArray().Select(id => id.GetInt32())] },
        "logit_bias" => sampling with
        {
            LogitBias = value.EnumerateObject().ToDictionary(
                entry => int.Parse(entry.Name, CultureInfo.InvariantCulture), entry => entry.Value.GetSingle()),
        },
        _ => throw new NotSupportedException(name),
    };

    private static Prompt ReadPrompt(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? new TextPrompt(value.GetString()!)
        : new TokenPrompt(value.EnumerateArray().Select(id => id.GetInt32()).ToArray());

    internal static StructuredOutput ReadStructure(JsonElement value)
    {
        JsonProperty[] fields = [.. value.EnumerateObject()];
        if (fields[0].Name == "type" && fields[0].Value.GetString() == "json_object")
        {
            return StructuredOutput.AnyJsonObject;
        }

        if (fields[0].Name == "type" && fields[0].Value.GetString() == "json_schema")
        {
            JsonElement schema = value.GetProperty("json_schema");
            return schema.EnumerateObject().Count() == 2
                ? StructuredOutput.JsonSchema(schema.GetProperty("schema").GetRawText()) with
                {
                    Name = schema.GetProperty("name").GetString(),
                }
                : throw new NotSupportedException("json_schema");
        }

        return fields.Length > 1 ? throw new NotSupportedException("structured_outputs") : fields[0].Name switch
        {
            "json" => StructuredOutput.JsonSchema(fields[0].Value.GetRawText()),
            "regex" => StructuredOutput.Regex(fields[0].Value.GetString()!),
            "grammar" => StructuredOutput.Grammar(fields[0].Value.GetString()!),
            "choice" => StructuredOutput.OneOf([.. fields[0].Value.EnumerateArray().Select(one => one.GetString()!)]),
            _ => throw new NotSupportedException(fields[0].Name),
        };
    }

    private static ChatPrompt? ReadChatField(ChatPrompt chat, JsonProperty field) => field.Name switch
    {
        "messages" => chat with { Messages = [.. field.Value.EnumerateArray().Select(ReadMessage)] },
        "tools" => chat with { Tools = [.. field.Value.EnumerateArray().Select(ReadTool)] },
        "tool_choice" => chat with { ToolChoice = ReadToolChoice(field.Value) },
        "continue_final_message" => chat with { ContinueFinalMessage = field.Value.GetBoolean() },
        "add_generation_prompt" => chat with { AddGenerationPrompt = field.Value.GetBoolean() },
        _ => null,
    };

    private static PromptMessage ReadMessage(JsonElement value) =>
        new(value.GetProperty("role").GetString()!, value.GetProperty("content").GetString()!)
        {
            ToolCallId = value.TryGetProperty("tool_call_id", out JsonElement id) ? id.GetString() : null,
            ToolCalls = value.TryGetProperty("tool_calls", out JsonElement calls)
                ? [.. calls.EnumerateArray().Select(call => new ToolCall(
                    call.GetProperty("id").GetString()!,
                    call.GetProperty("function").GetProperty("name").GetString()!,
                    call.GetProperty("function").GetProperty("arguments").GetString()!))]
                : [],
        };

    private static ToolDefinition ReadTool(JsonElement value)
    {
        JsonElement function = value.GetProperty("function");
        return new ToolDefinition(
            function.GetProperty("name").GetString()!,
            function.GetProperty("description").GetString(),
            function.GetProperty("parameters").GetRawText());
    }

    private static ToolChoice ReadToolChoice(JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? ToolChoice.Named(value.GetProperty("function").GetProperty("name").GetString()!)
        : value.GetString() switch
        {
            "auto" => ToolChoice.Auto,
            "none" => ToolChoice.None,
            _ => ToolChoice.Required,
        };
}
