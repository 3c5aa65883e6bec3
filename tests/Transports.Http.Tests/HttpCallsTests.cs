using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests;

/// <summary>Embeddings, tokenize and detokenize.</summary>
public class HttpCallsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("G-text", 1)]
    [InlineData("G-texts", 2)]
    [InlineData("G-ids", 1)]
    [InlineData("G-ids-list", 2)]
    [InlineData("G-float", 1)]
    [InlineData("G-base64", 1)]
    public async Task Embeddings_are_read_in_either_encoding(string name, int count)
    {
        EmbeddingResult result = await EmbedAsync(
            Recordings.Http[name], [.. Enumerable.Repeat(new TextPrompt("x"), count)]);

        Assert.Equal(("themis-tiny", count), (result.Model, result.Vectors.Count));
        Assert.All(result.Vectors, vector => Assert.Equal(256, vector.Length));
        Assert.All(result.Vectors, vector => Assert.Equal(1, Length(vector.Span), 1e-3));
        Assert.True(result.Usage is { PromptTokens: > 0, CompletionTokens: null });
    }

    [Fact]
    public async Task Embeddings_of_one_text_are_equal_in_both_encodings()
    {
        EmbeddingResult numbers = await EmbedAsync(Recordings.Http["G-float"], [new TextPrompt("hi")]);
        EmbeddingResult base64 = await EmbedAsync(Recordings.Http["G-base64"], [new TextPrompt("hi")]);

        for (int i = 0; i < 256; i++)
        {
            Assert.Equal(numbers.Vectors[0].Span[i], base64.Vectors[0].Span[i], 1e-6f);
        }
    }

    [Fact]
    public async Task Embeddings_of_texts_and_ids_are_asked_for_apart_and_put_in_order()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(Json(
                """{"data":[{"index":1,"embedding":[3]},{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":2}}"""))
            .Add(Json("""{"data":[{"index":0,"embedding":[2]}],"usage":{"prompt_tokens":5}}"""));
        using var fixture = new BackendFixture(server);
        EmbeddingResult result = await fixture.Backend.EmbedAsync(
            new EmbeddingRequest
            {
                Model = "m",
                Inputs = [new TextPrompt("a"), new TokenPrompt(new[] { 7, 8 }), new TextPrompt("b")],
            }, Token);

        Assert.Equal([1f, 2f, 3f], result.Vectors.Select(vector => vector.Span[0]));
        Assert.Equal(new TokenUsage(7, null, null), result.Usage);
        Assert.Equal("""{"model":"m","input":["a","b"],"encoding_format":"base64"}""", server.Requests[0].Text);
        Assert.Equal("""{"model":"m","input":[7,8],"encoding_format":"base64"}""", server.Requests[1].Text);
    }

    [Theory]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":[]}]}""")]
    [InlineData("""{"data":[{"index":1,"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":"AAA="}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":"***"}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":["1"]}]}""")]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"data":[{"index":0""")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task Embeddings_that_are_none_violate_the_protocol(string body)
    {
        await using ReplayServer server = ReplayServer.Start().Add(Json(body));
        using var fixture = new BackendFixture(server);
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(() => fixture.Backend.EmbedAsync(
            new EmbeddingRequest { Model = "m", Inputs = [new TextPrompt("a")] }, Token));

        Assert.Equal(BridgeFailure.ProtocolViolation, e.Failure);
    }

    [Theory]
    [InlineData("G-dimensions", BridgeFailure.UnsupportedOption)]
    [InlineData("G-empty", BridgeFailure.InvalidRequest)]
    [InlineData("G-too-long", BridgeFailure.ContextLengthExceeded)]
    [InlineData("G-unknown-model", BridgeFailure.UnknownModel)]
    [InlineData("A-embeddings-absent", BridgeFailure.UnsupportedOption)]
    public async Task Embedding_errors_are_the_failure(string name, BridgeFailure expected)
    {
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(
            () => EmbedAsync(Recordings.Http[name], [new TextPrompt("x")]));

        Assert.Equal(expected, e.Failure);
    }

    [Fact]
    public async Task Embed_past_its_total_budget_is_given_up()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using ReplayServer server = ReplayServer.Start()
            .Add(new ReplayExchange { Response = Array.Empty<byte>(), End = ReplayEnd.Hold });
        using var fixture = new BackendFixture(server, time: time);
        Task<EmbeddingResult> call = fixture.Backend.EmbedAsync(
            new EmbeddingRequest
            {
                Model = "m",
                Inputs = [new TextPrompt("a")],
                Deadlines = new DeadlineBudgets { Total = TimeSpan.FromSeconds(9) },
            }, Token);
        ReplayedRequest request = await server.NextRequestAsync(Token);
        time.Advance(TimeSpan.FromSeconds(9));

        Assert.Equal(BridgeFailure.DeadlineExceeded, (await Assert.ThrowsAsync<BridgeException>(() => call)).Failure);
        await request.ClientGone;
    }

    [Fact]
    public async Task Embed_has_one_budget_for_texts_and_ids()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using ReplayServer server = ReplayServer.Start()
            .Add(Json("""{"data":[{"index":0,"embedding":[1]}]}""") with
            {
                Matches = _ =>
                {
                    time.Advance(TimeSpan.FromSeconds(5));
                    return true;
                },
            })
            .Add(new ReplayExchange { Response = Array.Empty<byte>(), End = ReplayEnd.Hold });
        using var fixture = new BackendFixture(server, time: time);
        Task<EmbeddingResult> call = fixture.Backend.EmbedAsync(
            new EmbeddingRequest
            {
                Model = "m",
                Inputs = [new TextPrompt("a"), new TokenPrompt(new[] { 7 })],
                Deadlines = new DeadlineBudgets { Total = TimeSpan.FromSeconds(9) },
            }, Token);
        await server.NextRequestAsync(Token);
        ReplayedRequest second = await server.NextRequestAsync(Token);
        time.Advance(TimeSpan.FromSeconds(4));
        await second.ClientGone.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);

        Assert.Equal(BridgeFailure.DeadlineExceeded, (await Assert.ThrowsAsync<BridgeException>(() => call)).Failure);
    }

    [Fact]
    public async Task Embeddings_over_the_limit_of_an_answer_are_too_much_at_once()
    {
        await using ReplayServer server = ReplayServer.Start().Add(Json(new string(' ', 33 * 1024 * 1024)));
        using var fixture = new BackendFixture(server);
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(() => fixture.Backend.EmbedAsync(
            new EmbeddingRequest { Model = "m", Inputs = [new TextPrompt("a")] }, Token));

        Assert.Equal(BridgeFailure.LimitExceeded, e.Failure);
    }

    [Theory]
    [InlineData("A-tokenize-prompt", "322,271,440,66")]
    [InlineData("A-tokenize-messages", "1,120,118,260,13,322,271,440,66,2,13,1,297,118,265,119,397,13")]
    [InlineData("A-tokenize-empty", "")]
    public async Task Tokenize_gives_ids_and_the_context(string name, string ids)
    {
        using var memory = new InMemoryBackend(_ => (Recordings.Http[name].Response, []));
        TokenizeResult result = await memory.Backend.TokenizeAsync(
            new TokenizeRequest { Model = "m", Prompt = new TextPrompt("x") }, Token);

        Assert.Equal((ids, 512), (string.Join(',', result.TokenIds.ToArray()), result.MaxModelLength));
    }

    [Fact]
    public async Task Tokenize_sends_what_was_given_and_nothing_else()
    {
        using var memory = new InMemoryBackend(_ => (Recordings.Http["A-tokenize-prompt"].Response, []));
        await memory.Backend.TokenizeAsync(new TokenizeRequest { Model = "m", Prompt = new TextPrompt("ä") }, Token);
        await memory.Backend.TokenizeAsync(
            new TokenizeRequest
            {
                Model = "m",
                Prompt = new ChatPrompt([new PromptMessage("user", "x")]) { AddGenerationPrompt = false },
                AddSpecialTokens = true,
            }, Token);

        Assert.Equal("""{"model":"m","prompt":"ä"}""", BodyOf(memory.Connections[0]));
        Assert.Equal(
            """{"model":"m","messages":[{"role":"user","content":"x"}],"""
            + "\"add_generation_prompt\":false,\"add_special_tokens\":true}",
            BodyOf(memory.Connections[1]));
    }

    [Fact]
    public async Task Detokenize_gives_the_text()
    {
        using var memory = new InMemoryBackend(_ => (Recordings.Http["A-detokenize"].Response, []));
        var request = new DetokenizeRequest { Model = "themis-tiny", TokenIds = new[] { 1, 120 } };

        Assert.Equal(
            "<|im_start|>user\nWhat is ThemisDB?<|im_end|>\n<|im_start|>assistant\n",
            await memory.Backend.DetokenizeAsync(request, Token));
        Assert.Equal("""{"model":"themis-tiny","tokens":[1,120]}""", BodyOf(memory.Connections[0]));
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(
            () => memory.Backend.DetokenizeAsync(request with { SkipSpecialTokens = true }, Token));
        Assert.Equal((BridgeFailure.UnsupportedOption, "skip_special_tokens"), (e.Failure, e.Parameter));
    }

    private static ReplayExchange Json(string body) => ReplayExchange.Of(200, "application/json", body);

    private static string BodyOf(RecordedConnection connection) =>
        Encoding.UTF8.GetString(connection.Written).Split("\r\n\r\n", 2)[1];

    private static double Length(ReadOnlySpan<float> vector)
    {
        double sum = 0;
        foreach (float value in vector)
        {
            sum += value * value;
        }

        return Math.Sqrt(sum);
    }

    private static async Task<EmbeddingResult> EmbedAsync(RecordedExchange exchange, Prompt[] inputs)
    {
        using var memory = new InMemoryBackend(_ => (exchange.Response, []));
        return await memory.Backend.EmbedAsync(new EmbeddingRequest { Model = "m", Inputs = inputs }, Token);
    }
}
