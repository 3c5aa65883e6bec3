using System.Net;
using System.Text.Json;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Server.Tests.Doubles;
using ThemisBridge.Testing.Faults;

namespace ThemisBridge.Server.Tests.Endpoints;

public sealed class ChatCompletionsTests
{
    private const string Path = "/v1/chat/completions";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plain_answer_has_openais_shape_and_names_model_and_engine()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(ServerFixture.Saying("hi é"));

        (HttpStatusCode status, JsonElement body) = await server.PostJsonAsync(
            Path, """{"model":"m","messages":[{"role":"user","content":"x"}]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(("chat.completion", "m", "e0"), (body.GetProperty("object").GetString(),
            body.GetProperty("model").GetString(), body.GetProperty("engine").GetString()));
        Assert.StartsWith("chatcmpl-", body.GetProperty("id").GetString(), StringComparison.Ordinal);
        JsonElement choice = body.GetProperty("choices")[0];
        Assert.Equal(("assistant", "hi é", "stop"), (choice.GetProperty("message").GetProperty("role").GetString(),
            choice.GetProperty("message").GetProperty("content").GetString(),
                choice.GetProperty("finish_reason").GetString()));
        JsonElement usage = body.GetProperty("usage");
        Assert.Equal((1, 4, 5), (usage.GetProperty("prompt_tokens").GetInt32(),
            usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32()));
    }

    [Fact]
    public async Task Stream_is_role_text_finish_usage_and_done()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(ServerFixture.Saying("hi"));

        IReadOnlyList<string> events = await server.PostStreamAsync(Path,
            """{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true}}""");

        Assert.Equal("[DONE]", events[^1]);
        List<JsonElement> chunks = [.. events.SkipLast(1).Select(one => JsonDocument.Parse(one).RootElement)];
        Assert.Single(chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct());
        Assert.All(chunks, chunk => Assert.Equal("e0", chunk.GetProperty("engine").GetString()));
        Assert.Equal("assistant", Delta(chunks[0]).GetProperty("role").GetString());
        Assert.Equal("hi",
            string.Concat(chunks.SkipLast(2).Select(chunk => Delta(chunk).GetProperty("content").GetString())));
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Empty(chunks[^1].GetProperty("choices").EnumerateArray());
        Assert.Equal(3, chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task Fields_reach_the_engine_and_what_is_left_out_stays_absent()
    {
        ScriptedBackend backend = ServerFixture.Saying("x");
        await using ServerFixture server = await ServerFixture.StartAsync(backend);

        (HttpStatusCode status, _) = await server.PostJsonAsync(Path, """
            {"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
             {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"c","content":"r"}],
             "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"tool_choice":{"type":"function","function":{"name":"f"}},
             "max_completion_tokens":5,"temperature":0.5,"top_p":0.9,"top_k":3,"min_p":0.1,"seed":7,"stop":["a","b"],"stop_token_ids":[9],
             "frequency_penalty":0.1,"presence_penalty":0.2,"repetition_penalty":1.1,"logit_bias":{"5":-1.5},"ignore_eos":true,"min_tokens":1,
             "include_stop_str_in_output":true,"skip_special_tokens":false,"logprobs":true,"top_logprobs":2,"return_token_ids":true,
             "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}},
             "priority":1,"cache_salt":"t","user":"u","n":1,"store":false,"metadata":{"k":"v"}}
            """);

        Assert.Equal(HttpStatusCode.OK, status);
        InferenceRequest seen = Assert.Single(backend.Requests);
        var chat = Assert.IsType<ChatPrompt>(seen.Prompt);
        Assert.Equal(["system:s", "user:a\nb", "assistant:", "tool:r"],
            chat.Messages.Select(one => $"{one.Role}:{one.Content}"));
        Assert.Equal(new ToolCall("c", "f", "{}"), Assert.Single(chat.Messages[2].ToolCalls));
        Assert.Equal(("c", ToolChoice.Named("f"), "f"),
            (chat.Messages[3].ToolCallId, chat.ToolChoice, chat.Tools[0].Name));
        SamplingOptions sampling = seen.Sampling;
        Assert.Equal((5, 0.5, 0.9, 3, 0.1, 7),
            (sampling.MaxTokens, sampling.Temperature, sampling.TopP, sampling.TopK, sampling.MinP, sampling.Seed));
        Assert.Equal((0.1, 0.2, 1.1, true, 1, true, false, 2), (sampling.FrequencyPenalty, sampling.PresencePenalty,
            sampling.RepetitionPenalty, sampling.IgnoreEos, sampling.MinTokens, sampling.IncludeStopInOutput,
            sampling.SkipSpecialTokens, sampling.Logprobs));
        Assert.Equal(["a", "b"], sampling.Stop);
        Assert.Equal([9], sampling.StopTokenIds);
        Assert.Equal(-1.5f, sampling.LogitBias![5]);
        Assert.Equal((StructuredOutputKind.JsonSchema, "n", 1, "t"),
            (seen.StructuredOutput!.Kind, seen.StructuredOutput.Name, seen.Priority, seen.Tenant));
        Assert.Equal(OutputParts.Text | OutputParts.TokenIds | OutputParts.PromptTokenIds, seen.Output);

        await server.PostJsonAsync(Path, """{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":null}""");
        Assert.Equal(SamplingOptions.Unset, backend.Requests.Last().Sampling);
    }

    [Fact]
    public async Task Request_id_of_the_caller_is_kept_and_echoed()
    {
        ScriptedBackend backend = ServerFixture.Saying("x");
        await using ServerFixture server = await ServerFixture.StartAsync(backend);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path)
        {
            Content = new StringContent("""{"model":"m","messages":[{"role":"user","content":"x"}]}""", null, "application/json"),
            Headers = { { "X-Request-Id", "abc" },
                { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } },
        };

        using HttpResponseMessage response = await server.Http.SendAsync(request, Token);

        Assert.Equal("abc", Assert.Single(response.Headers.GetValues("X-Request-Id")));
        Assert.Equal("chatcmpl-abc", (await ServerFixture.ReadAsync(response)).GetProperty("id").GetString());
        InferenceRequest seen = Assert.Single(backend.Requests);
        Assert.Equal("abc-1", seen.RequestId);
        Assert.Contains("0af7651916cd43dd8448eb211c80319c", seen.TraceParent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adapter_is_asked_for_by_its_name_as_the_model()
    {
        ScriptedBackend backend = ServerFixture.Saying("x");
        await using ServerFixture server = await ServerFixture.StartAsync([backend], options =>
            options.Adapters["m"] = new Dictionary<string,
                AdapterOptions> { ["german"] = new() { GgufPath = "g.gguf" } });

        await server.PostJsonAsync(Path, """{"model":"german","messages":[{"role":"user","content":"x"}]}""");
        JsonElement models = await ServerFixture.ReadAsync(await server.Http.GetAsync("/v1/models", Token));

        Assert.Equal(("m", "german"), (backend.Requests.Last().Model, backend.Requests.Last().Adapter));
        Assert.Equal([("m", null), ("german", "m")], models.GetProperty("data").EnumerateArray()
            .Select(one => (one.GetProperty("id").GetString(), one.GetProperty("parent").GetString())));
    }

    [Fact]
    public async Task Token_ids_probabilities_reasoning_and_calls_are_written_where_clients_look_for_them()
    {
        InferenceChunk[] answer =
        [
            new() { Start = new GenerationStart { Model = "m", PromptTokenIds = new[] { 4, 5 } }, Reasoning = "hm",
                TokenIds = new[] { 1 } },
            new() { Text = "a", TokenIds = new[] { 2 },
                Logprobs = [new TokenLogprob(2, "a", -0.5f) { Top = [new TokenLogprob(3, "b", -1)] }] },
            new() { ToolCalls = [new ToolCallDelta(0, "c", "f", "{}")],
                End = new GenerationEnd(FinishReason.ToolCalls, default) },
        ];
        ScriptedBackend template = ServerFixture.Saying("x");
        await using ServerFixture server =
            await ServerFixture.StartAsync(new ScriptedBackend(template.Descriptor, _ => answer));
        const string Request = """{"model":"m","messages":[{"role":"user","content":"x"}],"return_token_ids":true,"logprobs":true,"stream":STREAM}""";

        (_, JsonElement body) =
            await server.PostJsonAsync(Path, Request.Replace("STREAM", "false", StringComparison.Ordinal));
        IReadOnlyList<string> events =
            await server.PostStreamAsync(Path, Request.Replace("STREAM", "true", StringComparison.Ordinal));

        JsonElement choice = body.GetProperty("choices")[0];
        Assert.Equal("[4,5]", body.GetProperty("prompt_token_ids").GetRawText());
        Assert.Equal("[1,2]", choice.GetProperty("token_ids").GetRawText());
        Assert.Equal("hm", choice.GetProperty("message").GetProperty("reasoning").GetString());
        Assert.Equal("f",
            choice.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name")
            .GetString());
        Assert.Equal("b",
            choice.GetProperty("logprobs").GetProperty("content")[0].GetProperty("top_logprobs")[0].GetProperty("token")
            .GetString());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("usage").GetProperty("prompt_tokens").ValueKind);
        Assert.Contains("\"prompt_token_ids\":[4,5]", events[0], StringComparison.Ordinal);
        Assert.Contains("\"reasoning\":\"hm\"", events[1], StringComparison.Ordinal);
        Assert.Contains("\"token_ids\":[2]", events[2], StringComparison.Ordinal);
        Assert.Contains("\"tool_calls\":[{\"index\":0,\"id\":\"c\"", events[3], StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"tool_calls\"", events[3], StringComparison.Ordinal);
    }

    private static JsonElement Delta(JsonElement chunk) => chunk.GetProperty("choices")[0].GetProperty("delta");
}
