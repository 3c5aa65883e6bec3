using System.Globalization;
using System.Text;
using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Recordings;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>
/// What a recorded response says, read the plain way: no reader, parser or mapper of the transport is used, so that
/// both can be compared.
/// </summary>
internal static class RecordedAnswers
{
    /// <summary>The expected outcome of a generation.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="request">What was asked for.</param>
    public static Collected Of(RecordedExchange exchange, InferenceRequest request)
    {
        if (exchange.Status is null)
        {
            return Failed(BridgeFailure.ConnectionLost, FailureStage.Admit);
        }

        if (exchange.Status != 200)
        {
            return Failed(FailureOf(exchange), FailureStage.Admit);
        }

        List<JsonElement> events = [.. BodiesOf(exchange)];
        var answer = new Collected("", "", "", null, null, null, null);
        List<string> ids = [];
        string? failure = null;
        foreach (JsonElement one in events)
        {
            answer = Add(answer, one, request, ids, ref failure);
        }

        answer = answer with { Ids = string.Join(',', ids) };
        if (failure is not null)
        {
            answer = answer with { StopString = null, StopTokenId = null };
        }

        FailureStage stage = answer.Text.Length > 0 || ids.Count > 0 ? FailureStage.Stream : FailureStage.Prefill;
        return failure switch
        {
            "abort" => answer with { Failure = BridgeFailure.AbortedByEngine, Stage = stage, Usage = null },
            "error" => answer with { Failure = BridgeFailure.EngineFailed, Stage = stage, Usage = null },
            _ when answer.Finish is null => answer with { Failure = BridgeFailure.ConnectionLost, Stage = stage },
            _ => answer with { Usage = answer.Usage ?? new TokenUsage(null, null, ids.Count > 0 ? ids.Count : null) },
        };
    }

    /// <summary>The JSON of a response, or of each of its events.</summary>
    public static IEnumerable<JsonElement> BodiesOf(RecordedExchange exchange)
    {
        string body = Encoding.UTF8.GetString(exchange.ResponseBody.Span);
        if (!exchange.IsStream)
        {
            return [Parse(body)];
        }

        // Every event is one HTTP chunk on one line, and no size of a chunk looks like one.
        return body.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
            .Select(line => Parse(line[6..].TrimEnd('\r')));
    }

    private static Collected Failed(BridgeFailure failure, FailureStage stage) =>
        new("", "", "", null, null, failure, stage);

    /// <summary>What an error status means.</summary>
    public static BridgeFailure FailureOf(RecordedExchange exchange)
    {
        string body = Encoding.UTF8.GetString(exchange.ResponseBody.Span);
        return exchange.Status switch
        {
            401 => BridgeFailure.Unauthorized,
            403 => BridgeFailure.UnsupportedOption,
            404 when body.Contains("\"detail\"", StringComparison.Ordinal) => BridgeFailure.UnsupportedOption,
            404 => BridgeFailure.UnknownModel,
            500 => BridgeFailure.EngineFailed,
            503 => BridgeFailure.Busy,
            _ when body.Contains("\"input_tokens\"", StringComparison.Ordinal)
                || body.Contains("max_model_len", StringComparison.Ordinal)
                || body.Contains("maximum model length", StringComparison.Ordinal)
                || body.Contains("at least 1, got 0", StringComparison.Ordinal) => BridgeFailure.ContextLengthExceeded,
            _ when body.Contains("requires --", StringComparison.Ordinal)
                || body.Contains("Matryoshka", StringComparison.Ordinal) => BridgeFailure.UnsupportedOption,
            _ => BridgeFailure.InvalidRequest,
        };
    }

    private static Collected Add(
        Collected answer, JsonElement one, InferenceRequest request, List<string> ids, ref string? failure)
    {
        if (one.TryGetProperty("error", out _))
        {
            failure = "error";
            return answer;
        }

        if (one.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object)
        {
            answer = answer with { Usage = UsageOf(usage) };
        }

        if (ListOf(one, "prompt_token_ids") is { Length: > 0 } prompt)
        {
            answer = answer with { PromptIds = prompt };
        }

        if (one.GetProperty("choices").GetArrayLength() == 0)
        {
            return answer;
        }

        JsonElement choice = one.GetProperty("choices")[0];
        if (ListOf(choice, "prompt_token_ids") is { Length: > 0 } ofChoice)
        {
            answer = answer with { PromptIds = ofChoice };
        }

        string[] delta = ListOf(choice, "token_ids") is { Length: > 0 } list ? list.Split(',') : [];
        ids.AddRange(delta);
        string? reason = choice.GetProperty("finish_reason").GetString();
        failure = reason == "abort" ? reason : failure;
        JsonElement stop = choice.TryGetProperty("stop_reason", out JsonElement value) ? value : default;
        return answer with
        {
            Text = answer.Text + FieldOf(choice, "content"),
            Reasoning = answer.Reasoning + FieldOf(choice, "reasoning"),
            Tools = Join(answer.Tools, ToolsOf(choice)),
            Logprobs = request.Sampling.Logprobs is { } top ? Join(answer.Logprobs, RecordedLogprobs.Of(
                choice, (request.Output & OutputParts.TokenIds) != 0 ? delta : [], top).Select(Collected.Describe))
                : "",
            StopString = stop.ValueKind == JsonValueKind.String ? stop.GetString() : answer.StopString,
            StopTokenId = stop.ValueKind == JsonValueKind.Number
                && request.Sampling.StopTokenIds.Contains(stop.GetInt32()) ? stop.GetInt32() : answer.StopTokenId,
            Finish = reason switch
            {
                "stop" => FinishReason.Stop,
                "length" => FinishReason.Length,
                "tool_calls" => FinishReason.ToolCalls,
                "repetition" => FinishReason.Repetition,
                _ => answer.Finish,
            },
        };
    }

    private static string Join(string before, IEnumerable<string> more) =>
        string.Join('|', more.Prepend(before).Where(one => one.Length > 0));

    private static string? FieldOf(JsonElement choice, string field)
    {
        if (MessageOf(choice) is { } message)
        {
            return message.TryGetProperty(field, out JsonElement value) ? value.GetString() : null;
        }

        return field == "content" && choice.TryGetProperty("text", out JsonElement text) ? text.GetString() : null;
    }

    private static JsonElement? MessageOf(JsonElement choice) =>
        choice.TryGetProperty("delta", out JsonElement message) || choice.TryGetProperty("message", out message)
            ? message : null;

    private static IEnumerable<string> ToolsOf(JsonElement choice)
    {
        if (MessageOf(choice) is not { } message || !message.TryGetProperty("tool_calls", out JsonElement calls))
        {
            return [];
        }

        return calls.EnumerateArray().Select((call, position) =>
        {
            JsonElement function = call.GetProperty("function");
            return new ToolCallDelta(
                call.TryGetProperty("index", out JsonElement index) ? index.GetInt32() : position,
                call.TryGetProperty("id", out JsonElement id) ? id.GetString() : null,
                function.TryGetProperty("name", out JsonElement name) ? name.GetString() : null,
                function.TryGetProperty("arguments", out JsonElement text) ? text.GetString() ?? "" : "").ToString();
        });
    }

    private static TokenUsage UsageOf(JsonElement usage) => new(
        usage.GetProperty("prompt_tokens").GetInt32(),
        usage.TryGetProperty("prompt_tokens_details", out JsonElement details)
            && details.ValueKind == JsonValueKind.Object ? details.GetProperty("cached_tokens").GetInt32() : null,
        usage.GetProperty("completion_tokens").GetInt32());

    private static string? ListOf(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? string.Join(',', list.EnumerateArray().Select(id => id.GetInt32().ToString(CultureInfo.InvariantCulture)))
            : null;

    private static JsonElement Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
