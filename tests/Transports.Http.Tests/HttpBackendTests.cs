using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests;

public class HttpBackendTests
{
    private const string FirstEvent = "data: {\"id\":\"cmpl-1\",\"model\":\"m\","
        + "\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":null}]}\n\n";

    private static readonly InferenceRequest Request = new()
    {
        Model = "m",
        Prompt = new TextPrompt("hi"),
        Sampling = new SamplingOptions { MaxTokens = 4 },
        RequestId = "r-1",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelling_before_the_answer_closes_the_connection(bool stream)
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(new ReplayExchange { Response = Array.Empty<byte>(), End = ReplayEnd.Hold });

        await CancelWhileWaitingAsync(server, Request with { Stream = stream }, chunks: 0);
    }

    [Fact]
    public async Task Cancelling_between_headers_and_first_event_closes_the_connection()
    {
        await using ReplayServer server = ReplayServer.Start().Add(HeldStream(""));

        await CancelWhileWaitingAsync(server, Request, chunks: 0);
    }

    [Fact]
    public async Task Cancelling_in_mid_stream_closes_the_connection()
    {
        await using ReplayServer server = ReplayServer.Start().Add(HeldStream(FirstEvent));

        await CancelWhileWaitingAsync(server, Request, chunks: 1);
    }

    [Fact]
    public async Task Disposing_in_mid_stream_closes_the_connection()
    {
        await using ReplayServer server = ReplayServer.Start().Add(HeldStream(FirstEvent));
        using var fixture = new BackendFixture(server);
        await foreach (InferenceChunk chunk in fixture.Backend.GenerateAsync(Request, Token))
        {
            Assert.Equal("a", chunk.Text);
            break;
        }

        await (await server.NextRequestAsync(Token)).ClientGone.WaitAsync(Token);
    }

    [Fact]
    public async Task Cancelled_call_reaches_nobody()
    {
        await using ReplayServer server = ReplayServer.Start();
        using var fixture = new BackendFixture(server);

        await using IAsyncEnumerator<InferenceChunk> chunks =
            fixture.Backend.GenerateAsync(Request, new CancellationToken(true)).GetAsyncEnumerator(Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await chunks.MoveNextAsync());
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Finished_stream_leaves_its_connection_for_the_next_request()
    {
        ReplayExchange exchange = ReplayExchange.OfEvents(
            FirstEvent.Replace("null}", "\"stop\"}", StringComparison.Ordinal), "data: [DONE]\n\n") with
        { Times = 3 };
        await using ReplayServer server = ReplayServer.Start().Add(exchange);
        using var fixture = new BackendFixture(server);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("a", (await Collected.OfAsync(fixture.Backend, Request)).Text);
        }

        Assert.Equal((3, 1), (server.Requests.Count, server.ConnectionCount));
        Assert.Equal("r-1", server.Requests[0].Header("X-Request-Id"));
        Assert.Null(server.Requests[0].Header("Expect"));
    }

    [Fact]
    public async Task Unix_socket_is_spoken_to_like_any_other()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using ReplayServer server = ReplayServer.Start(new ReplayServerOptions { UnixSocketPath = path })
            .Add(ReplayExchange.Of(Recordings.Http["C-completion"]));
        using var fixture = new BackendFixture(server);
        Collected answer = await Collected.OfAsync(
            fixture.Backend, Request with { Stream = false, Prompt = new TokenPrompt(new[] { 1 }) });

        Assert.Equal(FinishReason.Stop, answer.Finish);
        Assert.Equal("localhost", server.Requests[0].Header("Host"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http+unix:///nowhere/vllm.sock")]
    [InlineData("http://does-not-exist.invalid:80")]
    public async Task Address_where_nobody_listens_is_a_failed_connection(string address)
    {
        using var fixture = new BackendFixture(address);
        Collected answer = await Collected.OfAsync(fixture.Backend, Request);
        BackendHealth health = await fixture.Backend.ProbeAsync(Token);

        Assert.Equal((BridgeFailure.ConnectionFailed, FailureStage.Connect), (answer.Failure, answer.Stage));
        Assert.False(health.IsHealthy);
        Assert.DoesNotContain("nowhere", answer.Message + health.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", answer.Message + health.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("invalid:80", answer.Message + health.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_budget_ends_an_attempt_that_gets_no_connection()
    {
        var time = new FakeTimeProvider();
        var connecting = new TaskCompletionSource();
        using var memory = new InMemoryBackend(
            _ => default, time: time, connecting: cancellationToken =>
            {
                connecting.TrySetResult();
                return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            });
        Task<Collected> answer = Collected.OfAsync(
            memory.Backend,
            Request with { Deadlines = new DeadlineBudgets { Connect = TimeSpan.FromMilliseconds(300) } });
        await connecting.Task;
        time.Advance(TimeSpan.FromMilliseconds(299));
        Assert.False(answer.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        Collected collected = await answer;
        Assert.Equal((BridgeFailure.DeadlineExceeded, FailureStage.Connect), (collected.Failure, collected.Stage));
    }

    [Fact]
    public async Task Connect_budget_does_not_count_once_a_connection_stands()
    {
        var time = new FakeTimeProvider();
        await using ReplayServer server = ReplayServer.Start(new ReplayServerOptions { Time = time }).Add(
            ReplayExchange.Of(Recordings.Http["A-completions-text"]) with
            {
                Pauses = [new ReplayPause(0, TimeSpan.FromHours(1))],
            });
        using var fixture = new BackendFixture(server, time: time);
        Task<Collected> answer = Collected.OfAsync(fixture.Backend, Request with { Stream = false });
        await server.NextRequestAsync(Token);
        while (!answer.IsCompleted)
        {
            time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        Assert.Equal(FinishReason.Stop, (await answer).Finish);
    }

    [Fact]
    public async Task Probe_that_gets_no_answer_ends_at_its_deadline()
    {
        var time = new FakeTimeProvider();
        await using ReplayServer server = ReplayServer.Start()
            .Add(new ReplayExchange { Response = Array.Empty<byte>(), End = ReplayEnd.Hold });
        using var fixture = new BackendFixture(server, time: time);
        Task<BackendHealth> probe = fixture.Backend.ProbeAsync(Token);
        ReplayedRequest request = await server.NextRequestAsync(Token);
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.False((await probe).IsHealthy);
        Assert.Equal("/health", request.Target);
        await request.ClientGone;
    }

    [Fact]
    public async Task Option_that_the_server_would_ignore_is_refused_by_name()
    {
        using var fixture = new BackendFixture("http://127.0.0.1:1", options => options.Server = HttpServerKind.OpenAI);
        Collected answer = await Collected.OfAsync(
            fixture.Backend, Request with { Sampling = new SamplingOptions { TopK = 5, MinP = 0.1 } });

        Assert.Equal(BridgeFailure.UnsupportedOption, answer.Failure);
        Assert.Contains("top_k, min_p", answer.Message, StringComparison.Ordinal);
    }

    private static ReplayExchange HeldStream(string events)
    {
        ReplayExchange whole = events.Length == 0 ? ReplayExchange.OfEvents() : ReplayExchange.OfEvents(events);
        return whole with { Response = whole.Response[..^"0\r\n\r\n".Length], End = ReplayEnd.Hold };
    }

    private static async Task CancelWhileWaitingAsync(ReplayServer server, InferenceRequest request, int chunks)
    {
        using var fixture = new BackendFixture(server);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using IAsyncEnumerator<InferenceChunk> answer =
            fixture.Backend.GenerateAsync(request, cancel.Token).GetAsyncEnumerator(cancel.Token);
        for (int i = 0; i < chunks; i++)
        {
            Assert.True(await answer.MoveNextAsync());
        }

        ValueTask<bool> next = answer.MoveNextAsync();
        ReplayedRequest received = await server.NextRequestAsync(Token);
        await received.Answered;
        Assert.False(received.ClientGone.IsCompleted);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await received.ClientGone.WaitAsync(Token);
    }
}
