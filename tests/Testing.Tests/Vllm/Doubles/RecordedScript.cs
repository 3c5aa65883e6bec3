using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Faults;
using ThemisBridge.Testing.Recordings;

namespace ThemisBridge.Testing.Tests.Vllm.Doubles;

/// <summary>
/// An engine that says what the recorded one said, for what the native one does not have: structured output and
/// functions. The answers are the recorded pieces; how they are spelt is the double's.
/// </summary>
internal static class RecordedScript
{
    /// <summary>Whether the exchange needs it.</summary>
    public static bool Has(RecordedExchange exchange)
    {
        string body = System.Text.Encoding.UTF8.GetString(exchange.RequestBody.Span);
        return body.Contains("structured_outputs", StringComparison.Ordinal)
            || body.Contains("\"json_", StringComparison.Ordinal)
            || body.Contains("tool_call_id", StringComparison.Ordinal)
            || (body.Contains("\"tools\":[", StringComparison.Ordinal)
                && !body.Contains("\"tool_choice\":\"none\"", StringComparison.Ordinal));
    }

    public static ScriptedBackend Of(RecordedExchange exchange)
    {
        var answer = new RawAnswer(exchange.Response.Span);
        var descriptor = new BackendDescriptor
        {
            Id = "scripted",
            Kind = "scripted",
            Address = "scripted:",
            Capabilities = new() { Features = (BackendFeatures)(-1L) & ~BackendFeatures.Tokenize },
            Models = [new ModelDescriptor(TinyEngine.Model)],
        };
        return new ScriptedBackend(descriptor, _ => answer.Status != 200
            ? throw new BridgeException(BridgeFailure.InvalidRequest, FailureStage.Admit,
                JsonDocument.Parse(answer.Text).RootElement.GetProperty("error").GetProperty("message").GetString()!)
            : answer.IsChunked ? [.. answer.Events.Where(one => one[0] == '{').SelectMany(ChunksOf)]
            : [ChunkOf(JsonDocument.Parse(answer.Text).RootElement)]);
    }

    private static IEnumerable<InferenceChunk> ChunksOf(string text)
    {
        JsonElement choice = JsonDocument.Parse(text).RootElement.GetProperty("choices")[0];
        bool isDelta = choice.TryGetProperty("delta", out JsonElement delta);
        if (isDelta && delta.TryGetProperty("role", out _))
        {
            yield break;
        }

        JsonElement said = isDelta ? delta : choice;
        yield return new InferenceChunk
        {
            Text = TextOf(said, "content") ?? TextOf(said, "text"),
            TokenIds = IdsOf(choice, "token_ids"),
            ToolCalls = CallsOf(said),
            Start = new GenerationStart
            {
                Model = TinyEngine.Model,
                PromptTokenIds = IdsOf(choice, "prompt_token_ids"),
            },
            End = EndOf(choice, new TokenUsage(18, null, null)),
        };
    }

    private static InferenceChunk ChunkOf(JsonElement root)
    {
        JsonElement usage = root.TryGetProperty("usage", out JsonElement given) ? given : default;
        JsonElement choice = root.GetProperty("choices")[0];
        JsonElement said = choice.TryGetProperty("message", out JsonElement message) ? message : choice;
        return new InferenceChunk
        {
            Text = TextOf(said, "content") ?? TextOf(said, "text"),
            TokenIds = IdsOf(choice, "token_ids"),
            ToolCalls = CallsOf(said),
            Start = new GenerationStart
            {
                Model = TinyEngine.Model,
                PromptTokenIds = IdsOf(root, "prompt_token_ids") is { Length: > 0 } ids
                    ? ids : IdsOf(choice, "prompt_token_ids"),
            },
            End = EndOf(choice, new TokenUsage(usage.GetProperty("prompt_tokens").GetInt32(), null,
                usage.GetProperty("completion_tokens").GetInt32())),
        };
    }

    private static GenerationEnd? EndOf(JsonElement choice, TokenUsage usage) => TextOf(choice, "finish_reason") switch
    {
        null => null,
        var reason => new GenerationEnd(
            reason switch
            {
                "length" => FinishReason.Length,
                "tool_calls" => FinishReason.ToolCalls,
                _ => FinishReason.Stop,
            }, usage)
        {
            StopTokenId = choice.TryGetProperty("stop_reason", out JsonElement stop)
                && stop.ValueKind == JsonValueKind.Number ? stop.GetInt32() : null,
        },
    };

    private static ToolCallDelta[]? CallsOf(JsonElement said) =>
        said.TryGetProperty("tool_calls", out JsonElement calls) && calls.ValueKind == JsonValueKind.Array
            ? [.. calls.EnumerateArray().Select(call => new ToolCallDelta(
                0, TextOf(call, "id"), TextOf(call.GetProperty("function"), "name"),
                TextOf(call.GetProperty("function"), "arguments") ?? ""))]
            : null;

    private static string? TextOf(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    private static int[] IdsOf(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out JsonElement ids) && ids.ValueKind == JsonValueKind.Array
            ? [.. ids.EnumerateArray().Select(id => id.GetInt32())] : [];
}
