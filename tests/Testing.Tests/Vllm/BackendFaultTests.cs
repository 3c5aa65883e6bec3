using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Faults;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>Backends that throw something of their own: vLLM's error for each, and nothing at disposal.</summary>
public sealed class BackendFaultTests
{
    private const string Dead = "EngineCore encountered an issue. See stack trace (above) for the root cause.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Stream_ends_in_an_error_event_whatever_the_backend_throws(int chunks)
    {
        await using VllmDouble server = VllmDouble.Start(Throwing(chunks));

        RawAnswer answer = await RawClient.AskAsync(server, Chat(stream: true), Token);

        Assert.Equal((200, true), (answer.Status, answer.IsComplete));
        Assert.Contains(Dead, answer.Events[^2], StringComparison.Ordinal);
        Assert.Equal("[DONE]", answer.Events[^1]);
    }

    [Fact]
    public async Task Stream_ends_in_an_error_event_when_a_chunk_cannot_be_told()
    {
        ScriptedBackend backend = new(ScriptedBackend.Saying("e", "m", "").Descriptor,
            _ => [new InferenceChunk { Text = "a" }, new InferenceChunk { ToolCalls = [null!] }]);
        await using VllmDouble server = VllmDouble.Start(backend);

        RawAnswer answer = await RawClient.AskAsync(server, Chat(stream: true), Token);

        Assert.True(answer.IsComplete);
        Assert.Contains(Dead, answer.Events[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_answer_is_500_whatever_the_backend_throws()
    {
        await using VllmDouble server = VllmDouble.Start(Throwing(0));

        RawAnswer answer = await RawClient.AskAsync(server, Chat(stream: false), Token);

        Assert.Equal(500, answer.Status);
        Assert.Contains(Dead, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_is_500_when_the_backend_throws_before_it_generates()
    {
        ScriptedBackend backend = ScriptedBackend.Saying("e", "m", "hi", BackendFeatures.Generate
            | BackendFeatures.TextPrompt | BackendFeatures.TokenPrompt | BackendFeatures.TextOutput
            | BackendFeatures.Tokenize);
        backend.Tokenize = _ => throw new InvalidOperationException("boom");
        await using VllmDouble server = VllmDouble.Start(backend, new() { MaxModelLength = 512 });

        foreach (string path in (string[])["/v1/completions", "/tokenize"])
        {
            RawAnswer answer = await RawClient.AskAsync(
                server, RawClient.Post(path, """{"model":"m","prompt":"hi"}"""), Token);

            Assert.Equal((path, 500), (path, answer.Status));
            Assert.Contains(Dead, answer.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/v1/completions", """{"prompt":"\ud83d"}""")]
    [InlineData("/v1/completions", """{"prompt":"a","stop":"\ud83d"}""")]
    [InlineData("/tokenize", """{"prompt":"\ud83d"}""")]
    public async Task Half_a_surrogate_pair_is_the_clients_fault(string path, string json)
    {
        await using VllmDouble server = VllmDouble.Start(Throwing(0));

        RawAnswer answer = await RawClient.AskAsync(server, RawClient.Post(path, json), Token);

        Assert.Equal(400, answer.Status);
        Assert.Contains("TextEncodeInput must be", answer.Text, StringComparison.Ordinal);
    }

    private static byte[] Chat(bool stream) => RawClient.Post("/v1/chat/completions", $$"""
        {"messages":[{"role":"user","content":"hi"}],"max_tokens":5,"stream":{{(stream ? "true" : "false")}}}
        """);

    private static ScriptedBackend Throwing(int chunks)
    {
        ScriptedBackend healthy = ScriptedBackend.Saying("e", "m", "");
        return new(healthy.Descriptor, _ => Enumerable.Range(0, chunks + 1).Select(index => index < chunks
            ? new InferenceChunk { Text = "a" }
            : throw new InvalidOperationException("boom")));
    }
}
