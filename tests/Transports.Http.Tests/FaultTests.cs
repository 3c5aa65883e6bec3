using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests;

/// <summary>Servers that break, lie or are none: a typed failure each, within bounded memory, and never a second try
/// after output.</summary>
public class FaultTests
{
    private const string StreamHead =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

    private const string Event = "data: {\"id\":\"cmpl-1\",\"model\":\"m\",\"choices\":"
        + "[{\"index\":0,\"text\":\"ä\",\"finish_reason\":null}]}\n\n";

    private const string ErrorEvent = "data: {\"error\": {\"message\": \"x\", \"code\": 500}}\n\n";
    private const string Done = "data: [DONE]\n\n";
    private const string End = "0\r\n\r\n";

    private static readonly string Finish = FinishOf("stop");

    private static readonly InferenceRequest Request = new()
    {
        Model = "m",
        Prompt = new TextPrompt("hi"),
        Sampling = new SamplingOptions { MaxTokens = 4 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, BridgeFailure, FailureStage> Streams => new()
    {
        { "close after headers", StreamHead, BridgeFailure.ConnectionLost, FailureStage.Prefill },
        { "close before the head is whole", StreamHead[..20], BridgeFailure.ConnectionLost, FailureStage.Admit },
        { "close in mid-chunk", StreamHead + Chunk(Event) + Chunk(Event)[..30], BridgeFailure.ConnectionLost,
            FailureStage.Stream },
        { "close before the end event", StreamHead + Chunk(Event), BridgeFailure.ConnectionLost, FailureStage.Stream },
        { "close before [DONE]", StreamHead + Chunk(Finish), BridgeFailure.ConnectionLost, FailureStage.Stream },
        { "close behind [DONE]", StreamHead + Chunk(Finish) + Chunk(Done), BridgeFailure.ConnectionLost,
            FailureStage.Stream },
        { "close in the last chunk", StreamHead + Chunk(Finish) + Chunk(Done) + "0\r\n", BridgeFailure.ConnectionLost,
            FailureStage.Stream },
        { "[DONE] without a finish reason", StreamHead + Chunk(Event) + Chunk(Done) + End,
            BridgeFailure.ConnectionLost, FailureStage.Stream },
        { "clean end without a finish reason", StreamHead + Chunk(Event) + End, BridgeFailure.ConnectionLost,
            FailureStage.Stream },
        { "nothing but [DONE]", StreamHead + Chunk(Done) + End, BridgeFailure.ConnectionLost,
            FailureStage.Prefill },
        { "nothing but the end", StreamHead + End, BridgeFailure.ConnectionLost, FailureStage.Prefill },
        { "error object first", StreamHead + Chunk(ErrorEvent),
            BridgeFailure.EngineFailed, FailureStage.Prefill },
        { "error object in mid-stream", StreamHead + Chunk(Event) + Chunk(ErrorEvent) + Chunk(Done) + End,
            BridgeFailure.EngineFailed, FailureStage.Stream },
        { "error text in mid-stream", StreamHead + Chunk(Event) + Chunk("data: {\"error\":\"x\"}\n\n"),
            BridgeFailure.EngineFailed, FailureStage.Stream },
        { "drain in mid-stream", StreamHead + Chunk(Event) + Chunk("data: {\"error\":{\"message\":"
            + "\"cannot schedule new futures after shutdown\",\"code\":500}}\n\n"),
            BridgeFailure.Draining, FailureStage.Stream },
        { "busy in the stream", StreamHead + Chunk("data: {\"error\":{\"message\":\"x\",\"code\":503}}\n\n"),
            BridgeFailure.Busy, FailureStage.Prefill },
        { "abort before output", StreamHead + Chunk(FinishOf("abort")), BridgeFailure.AbortedByEngine,
            FailureStage.Prefill },
        { "abort after output", StreamHead + Chunk(Event) + Chunk(FinishOf("abort")),
            BridgeFailure.AbortedByEngine, FailureStage.Stream },
        { "error as finish reason", StreamHead + Chunk(FinishOf("error")),
            BridgeFailure.EngineFailed, FailureStage.Prefill },
        { "unknown finish reason", StreamHead + Chunk(FinishOf("bored")),
            BridgeFailure.ProtocolViolation, FailureStage.Prefill },
        { "output behind the end", StreamHead + Chunk(Finish) + Chunk(Event), BridgeFailure.ProtocolViolation,
            FailureStage.Stream },
        { "no JSON", StreamHead + Chunk("data: hello\n\n"), BridgeFailure.ProtocolViolation, FailureStage.Prefill },
        { "other JSON", StreamHead + Chunk("data: [1]\n\n"), BridgeFailure.ProtocolViolation, FailureStage.Prefill },
        { "broken chunk size", StreamHead + "zz\r\n", BridgeFailure.ProtocolViolation, FailureStage.Prefill },
        { "garbage", "hello\r\n\r\n", BridgeFailure.ProtocolViolation, FailureStage.Admit },
        { "HTML with 200", Plain("text/html", "<html>hi</html>"), BridgeFailure.ProtocolViolation,
            FailureStage.Prefill },
        { "HTML with 502", Plain("text/html", "<html>hi</html>", "502 Bad Gateway"),
            BridgeFailure.EngineFailed, FailureStage.Admit },
        { "200 with an error body", Plain("application/json", "{\"error\":{\"message\":\"x\",\"code\":429}}"),
            BridgeFailure.Busy, FailureStage.Prefill },
        { "200 with other JSON", Plain("application/json", "{}"), BridgeFailure.ProtocolViolation,
            FailureStage.Prefill },
        { "200 with half a JSON", Plain("application/json", "{\"choices\":["), BridgeFailure.ProtocolViolation,
            FailureStage.Prefill },
        { "drain", Plain("application/json", "{\"error\":{\"message\":\"cannot schedule new futures after shutdown\","
            + "\"type\":\"InternalServerError\",\"param\":null,\"code\":500}}", "500 Internal Server Error"),
            BridgeFailure.Draining, FailureStage.Admit },
        { "redirect", "HTTP/1.1 307 Temporary Redirect\r\nlocation: /v1/completions\r\ncontent-length: 0\r\n\r\n",
            BridgeFailure.ProtocolViolation, FailureStage.Admit },
        { "gzip", Plain("application/json", "x").Replace("content-length", "content-encoding: gzip\r\ncontent-length",
            StringComparison.Ordinal), BridgeFailure.ProtocolViolation, FailureStage.Prefill },
        { "body shorter than its length", Plain("application/json", "{}").Replace("content-length: 2",
            "content-length: 200", StringComparison.Ordinal), BridgeFailure.ConnectionLost, FailureStage.Prefill },
        { "401", "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", BridgeFailure.Unauthorized,
            FailureStage.Admit },
        { "a long schema error", Plain("application/json", "{\"error\":{\"message\":\"" + new string('x', 100_000)
            + "\",\"code\":400}}", "400 Bad Request"), BridgeFailure.InvalidRequest, FailureStage.Admit },
        { "a long page", Plain("text/html", new string('x', 100_000), "400 Bad Request"),
            BridgeFailure.ProtocolViolation, FailureStage.Admit },
        { "204", "HTTP/1.1 204 No Content\r\n\r\n", BridgeFailure.ProtocolViolation, FailureStage.Admit },
        { "stream that ends with its connection",
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + Finish, BridgeFailure.ConnectionLost,
            FailureStage.Stream },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Fault_is_the_failure_of_its_kind_and_is_not_tried_again(
        string what, string response, BridgeFailure failure, FailureStage stage)
    {
        await using ReplayServer server = ReplayServer.Start().Add(new ReplayExchange
        {
            Response = Encoding.UTF8.GetBytes(response),
            End = ReplayEnd.Close,
        });
        using var fixture = new BackendFixture(server);
        Collected answer = await Collected.OfAsync(fixture.Backend, Request);

        Assert.Equal((what, failure, stage), (what, answer.Failure, answer.Stage));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Close_in_the_middle_of_a_character_gives_the_text_before_it()
    {
        byte[] whole = Encoding.UTF8.GetBytes(StreamHead + Chunk(Event) + Chunk(Event));
        int half = whole.AsSpan().LastIndexOf("ä"u8) + 1;
        await using ReplayServer server = ReplayServer.Start()
            .Add(new ReplayExchange { Response = whole.AsMemory(0, half), End = ReplayEnd.Close });
        using var fixture = new BackendFixture(server);
        Collected answer = await Collected.OfAsync(fixture.Backend, Request);

        Assert.Equal(("ä", BridgeFailure.ConnectionLost), (answer.Text, answer.Failure));
    }

    [Fact]
    public async Task Stream_without_length_that_says_done_succeeds()
    {
        await using ReplayServer server = ReplayServer.Start().Add(new ReplayExchange
        {
            Response = Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
                + Finish + "data: [DONE]\n\n"),
            End = ReplayEnd.Close,
        });
        using var fixture = new BackendFixture(server);

        Assert.Equal(FinishReason.Stop, (await Collected.OfAsync(fixture.Backend, Request)).Finish);
    }

    [Fact]
    public async Task Stream_with_a_clean_end_and_a_finish_reason_succeeds_without_done()
    {
        await using ReplayServer server = ReplayServer.Start().Add(new ReplayExchange
        {
            Response = Encoding.UTF8.GetBytes(StreamHead + Chunk(Finish) + End),
            End = ReplayEnd.Close,
        });
        using var fixture = new BackendFixture(server);

        Assert.Equal(FinishReason.Stop, (await Collected.OfAsync(fixture.Backend, Request)).Finish);
    }

    [Theory]
    [InlineData("data: ", "text/event-stream")]
    [InlineData("", "application/json")]
    [InlineData(": ", "text/event-stream")]
    public async Task Hundred_megabytes_of_one_line_are_refused_within_bounded_memory(string start, string type)
    {
        const int Size = 100 * 1024 * 1024;
        byte[] response = new byte[Size];
        response.AsSpan().Fill((byte)'x');
        Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\ncontent-type: {type}\r\ncontent-length: {2 * Size}\r\n\r\n{start}")
            .CopyTo(response, 0);
        await using ReplayServer server = ReplayServer.Start()
            .Add(new ReplayExchange { Response = response, End = ReplayEnd.Close });
        using var fixture = new BackendFixture(server);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Collected answer = await Collected.OfAsync(fixture.Backend, Request);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.Equal(BridgeFailure.ProtocolViolation, answer.Failure);
        Assert.True(allocated < 160L * 1024 * 1024, $"{allocated} bytes were allocated.");
    }

    [Fact]
    public async Task Keep_alive_comments_are_no_progress()
    {
        ReplayExchange comments = ReplayExchange.OfEvents([.. Enumerable.Repeat(": keep-alive\n\n", 50)]);
        await using ReplayServer server = ReplayServer.Start()
            .Add(comments with { Response = comments.Response[..^5], End = ReplayEnd.Hold });
        using var fixture = new BackendFixture(server);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using IAsyncEnumerator<InferenceChunk> chunks =
            fixture.Backend.GenerateAsync(Request, cancel.Token).GetAsyncEnumerator(cancel.Token);
        ValueTask<bool> first = chunks.MoveNextAsync();
        ReplayedRequest request = await server.NextRequestAsync(Token);
        await request.Answered;

        Assert.False(first.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first);
        await request.ClientGone;
    }

    [Fact]
    public async Task Comments_before_and_between_events_change_nothing()
    {
        await using ReplayServer server = ReplayServer.Start().Add(ReplayExchange.OfEvents(
            ": keep-alive\n\n", Event, ": keep-alive\n\n", Finish, ": keep-alive\n\n", "data: [DONE]\n\n"));
        using var fixture = new BackendFixture(server);

        Assert.Equal("ää", (await Collected.OfAsync(fixture.Backend, Request)).Text);
    }

    [Fact]
    public async Task Unknown_model_is_the_adapter_where_one_was_named()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false);
        server.Add(ReplayExchange.Of(Recordings.Http["A-err-unknown-model"]));
        using var fixture = new BackendFixture(server);
        Collected answer = await Collected.OfAsync(fixture.Backend, Request with { Adapter = "nope" });

        Assert.Equal((BridgeFailure.UnknownAdapter, FailureStage.Admit), (answer.Failure, answer.Stage));
        Assert.Contains("\"model\":\"nope\"", server.Requests[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_after_of_a_busy_server_is_told()
    {
        await using ReplayServer server = ReplayServer.Start().Add(new ReplayExchange
        {
            Response = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n"u8.ToArray(),
        });
        using var fixture = new BackendFixture(server);
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            await foreach (InferenceChunk _ in fixture.Backend.GenerateAsync(Request, Token))
            {
            }
        });

        Assert.Equal((BridgeFailure.Busy, TimeSpan.FromSeconds(7)), (e.Failure, e.RetryAfter));
    }

    [Fact]
    public async Task Ids_that_a_server_does_not_give_are_a_refusal_and_not_an_empty_list()
    {
        await using ReplayServer server = ReplayServer.Start().Add(ReplayExchange.OfEvents(Event, Finish, Done));
        using var fixture = new BackendFixture(server);
        Collected answer = await Collected.OfAsync(
            fixture.Backend, Request with { Output = OutputParts.Text | OutputParts.TokenIds });

        Assert.Equal((BridgeFailure.UnsupportedOption, FailureStage.Prefill), (answer.Failure, answer.Stage));
    }

    private static string Chunk(string text) => $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n";

    private static string FinishOf(string reason) => Event
        .Replace("ä", reason == "stop" ? "ä" : "", StringComparison.Ordinal)
        .Replace("null}", $"\"{reason}\"}}", StringComparison.Ordinal);

    private static string Plain(string type, string body, string status = "200 OK") =>
        $"HTTP/1.1 {status}\r\ncontent-length: {body.Length}\r\ncontent-type: {type}\r\n\r\n{body}";
}
