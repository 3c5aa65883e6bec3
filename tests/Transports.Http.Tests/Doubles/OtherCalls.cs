using System.Runtime.InteropServices;
using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>Makes the call of a recorded exchange that is no generation, and describes what came of it.</summary>
internal static class OtherCalls
{
    /// <summary>A backend that gets the recorded response on each connection, cut as told.</summary>
    public static InMemoryBackend Start(RecordedExchange exchange, IReadOnlyList<int[]> cuts)
    {
        bool isPlain = exchange.Path == HttpRoutes.Embeddings && exchange.Request.Span.IndexOf("base64"u8) < 0;
        return new InMemoryBackend(
            connection => (exchange.Response, cuts[connection]),
            options => options.Server = isPlain ? HttpServerKind.OpenAI : HttpServerKind.Vllm);
    }

    /// <summary>Makes the call; its result, compared with the recorded one, or its failure by name.</summary>
    public static async Task<string> OutcomeAsync(
        InMemoryBackend memory, RecordedExchange exchange, CancellationToken cancellationToken)
    {
        try
        {
            return await MakeAsync(memory, exchange, cancellationToken);
        }
        catch (BridgeException e)
        {
            Assert.NotEqual(200, exchange.Status);
            return e.Failure.ToString();
        }
    }

    private static async Task<string> MakeAsync(
        InMemoryBackend memory, RecordedExchange exchange, CancellationToken cancellationToken)
    {
        if (exchange.Method == "GET")
        {
            return await GetAsync(memory.Caller, exchange, cancellationToken);
        }

        using JsonDocument document = JsonDocument.Parse(exchange.RequestBody);
        JsonElement body = document.RootElement;
        HttpBackend backend = memory.Backend;
        switch (exchange.Path)
        {
            case HttpRoutes.Tokenize:
                TokenizeResult tokens = await backend.TokenizeAsync(TokenizeRequestOf(body), cancellationToken);
                Same(Answer(exchange, "max_model_len"), $"{tokens.MaxModelLength}");
                return Same(Answer(exchange, "tokens"), "[" + string.Join(',', tokens.TokenIds.ToArray()) + "]");
            case HttpRoutes.Detokenize:
                return Same(Answer(exchange, "prompt"), await backend.DetokenizeAsync(
                    DetokenizeRequestOf(body), cancellationToken));
            case HttpRoutes.Embeddings:
                EmbeddingResult result = await backend.EmbedAsync(EmbeddingRequestOf(body), cancellationToken);
                Assert.Equal(
                    RecordedAnswers.BodiesOf(exchange).Single().GetProperty("usage").GetProperty("prompt_tokens")
                        .GetInt32(), result.Usage.PromptTokens);
                return Same(Vectors(exchange), string.Join('|', result.Vectors.Select(
                    vector => string.Join(' ', vector.ToArray()))));
            case HttpRoutes.Abort:
                var abort = new CallOptions(HttpRoutes.Abort);
                using (await memory.Caller.PostAsync(abort, AbortOf(body), cancellationToken))
                {
                    return "aborted";
                }

            default:
                throw new NotSupportedException(exchange.Path);
        }
    }

    private static async Task<string> GetAsync(
        HttpCaller caller, RecordedExchange exchange, CancellationToken cancellationToken)
    {
        var resources = new HttpResources(caller);
        switch (exchange.Path)
        {
            case HttpRoutes.Version:
                (Version? version, _) = await resources.ReadVersionAsync(cancellationToken);
                return Same(Answer(exchange, "version"), $"{version}");
            case HttpRoutes.Models:
                ModelList list = await resources.ListModelsAsync(cancellationToken);
                return Same(
                    string.Join(',', RecordedAnswers.BodiesOf(exchange).Single().GetProperty("data").EnumerateArray()
                        .Select(model => model.GetProperty("id").GetString())),
                    string.Join(',', list.Models.Select(model => model.Name)
                        .Concat(list.Adapters.Select(one => one.Name))));
            case HttpRoutes.Metrics:
                EngineMetrics metrics = await resources.ReadMetricsAsync(cancellationToken);
                Assert.Equal((0, 0, 0.0), (metrics.Running, metrics.Waiting, metrics.KvCacheUse));
                return $"{metrics.PrefixQueries} {metrics.PrefixHits}";
            default:
                using (await caller.GetAsync(new CallOptions(exchange.Path), cancellationToken))
                {
                    return "healthy";
                }
        }
    }

    private static string Vectors(RecordedExchange exchange) => string.Join('|',
        RecordedAnswers.BodiesOf(exchange).Single().GetProperty("data").EnumerateArray()
            .OrderBy(one => one.GetProperty("index").GetInt32()).Select(one => one.GetProperty("embedding"))
            .Select(vector => string.Join(' ', vector.ValueKind == JsonValueKind.String
                ? MemoryMarshal.Cast<byte, float>(vector.GetBytesFromBase64()).ToArray()
                : [.. vector.EnumerateArray().Select(number => number.GetSingle())])));

    private static PooledBuffer AbortOf(JsonElement body) => body.TryGetProperty("request_ids", out JsonElement ids)
        ? TokenRequestBody.ForAbort(ids[0].GetString()!)
        : RequestBody.Write(_ => { });

    private static DetokenizeRequest DetokenizeRequestOf(JsonElement body) => new()
    {
        Model = body.GetProperty("model").GetString()!,
        TokenIds = body.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32()).ToArray(),
    };

    private static string Answer(RecordedExchange exchange, string field)
    {
        JsonElement value = RecordedAnswers.BodiesOf(exchange).Single().GetProperty(field);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }

    private static string Same(string expected, string actual)
    {
        Assert.Equal(expected, actual);
        return actual;
    }

    private static TokenizeRequest TokenizeRequestOf(JsonElement body) => new()
    {
        Model = body.GetProperty("model").GetString()!,
        Prompt = body.TryGetProperty("messages", out JsonElement messages)
            ? new ChatPrompt([.. messages.EnumerateArray().Select(message => new PromptMessage(
                message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))])
            : new TextPrompt(body.GetProperty("prompt").GetString()!),
    };

    private static EmbeddingRequest EmbeddingRequestOf(JsonElement body)
    {
        JsonElement input = body.GetProperty("input");
        bool isList = input.ValueKind == JsonValueKind.Array && input[0].ValueKind != JsonValueKind.Number;
        return new EmbeddingRequest
        {
            Model = body.GetProperty("model").GetString()!,
            Inputs = isList ? [.. input.EnumerateArray().Select(PromptOf)] : [PromptOf(input)],
            Dimensions = body.TryGetProperty("dimensions", out JsonElement dimensions) ? dimensions.GetInt32() : null,
        };
    }

    private static Prompt PromptOf(JsonElement input) => input.ValueKind == JsonValueKind.String
        ? new TextPrompt(input.GetString()!)
        : new TokenPrompt(input.EnumerateArray().Select(id => id.GetInt32()).ToArray());
}
