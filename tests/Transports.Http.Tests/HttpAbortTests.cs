using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests;

/// <summary>Which requests are aborted by id beside closing their connection, and under which id.</summary>
public class HttpAbortTests
{
    private const string FirstEvent = "data: {\"id\":\"cmpl-given\",\"model\":\"m\","
        + "\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":null}]}\n\n";

    private static readonly InferenceRequest Request = new()
    {
        Model = "themis-tiny",
        Prompt = new TokenPrompt(new[] { 1, 2 }),
        Output = OutputParts.Text,
        Sampling = new SamplingOptions { MaxTokens = 4 },
        RequestId = "r-1",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpRoutes.Completions, "cmpl-r-1-0")]
    [InlineData(HttpRoutes.Chat, "chatcmpl-r-1")]
    [InlineData(HttpRoutes.Generate, "generate-tokens-r-1")]
    public async Task Request_that_is_left_before_its_answer_is_aborted_by_what_the_server_makes_of_our_id(
        string route, string id)
    {
        await using ReplayServer server = Start();
        using var fixture = await ProbeAsync(server);
        await LeaveUnansweredAsync(server, fixture, Request with
        {
            Prompt = route == HttpRoutes.Chat ? new ChatPrompt([new PromptMessage("user", "x")]) : Request.Prompt,
            Output = route == HttpRoutes.Generate ? OutputParts.TokenIds : OutputParts.Text,
        });

        Assert.Equal(id, await NextAbortAsync(server));
    }

    [Theory]
    [InlineData("r-1")]
    [InlineData(null)]
    public async Task Stream_that_is_left_is_aborted_by_the_id_that_it_named(string? requestId)
    {
        await using ReplayServer server = Start();
        using var fixture = await ProbeAsync(server);
        server.Add(Held(ReplayEnd.Hold));
        await foreach (InferenceChunk _ in fixture.Backend.GenerateAsync(Request with { RequestId = requestId }, Token))
        {
            break;
        }

        Assert.Equal("cmpl-given-0", await NextAbortAsync(server));
    }

    [Fact]
    public async Task Stream_that_breaks_is_aborted()
    {
        await using ReplayServer server = Start();
        using var fixture = await ProbeAsync(server);
        server.Add(Held(ReplayEnd.Close));

        Assert.Equal(BridgeFailure.ConnectionLost, (await Collected.OfAsync(fixture.Backend, Request)).Failure);
        Assert.Equal("cmpl-given-0", await NextAbortAsync(server));
    }

    [Theory]
    [InlineData("A-completions-err-top-p", BridgeFailure.InvalidRequest)]
    [InlineData("Q-overflow-stream", BridgeFailure.Busy)]
    [InlineData("life-term-default-stream-long", BridgeFailure.EngineFailed)]
    [InlineData("life-term-drain3-request-after", BridgeFailure.AbortedByEngine)]
    [InlineData("A-completions-text", null)]
    [InlineData("A-completions-stream-usage", null)]
    public async Task Request_that_the_engine_is_done_with_is_not_aborted(string name, BridgeFailure? expected)
    {
        await using ReplayServer server = Start();
        using var fixture = await ProbeAsync(server);
        server.Add(ReplayExchange.Of(Recordings.Http[name]) with { Matches = request => request.Text.Length > 2 });

        Assert.Equal(expected, (await Collected.OfAsync(fixture.Backend, Request)).Failure);

        // The first abort that is seen belongs to a request that was left later.
        ProbedServer.Add(server, tokens: true);
        await fixture.Backend.ProbeAsync(Token);
        await LeaveUnansweredAsync(server, fixture, Request with { RequestId = "r-2" });
        Assert.Equal("cmpl-r-2-0", await NextAbortAsync(server));
        Assert.Single(server.Requests, IsAbort);
    }

    [Fact]
    public async Task Nothing_is_aborted_before_anything_is_known_of_its_id()
    {
        await using ReplayServer server = Start();
        using var fixture = await ProbeAsync(server);
        await LeaveUnansweredAsync(server, fixture, Request with { RequestId = null });
        await LeaveUnansweredAsync(server, fixture, Request with { RequestId = "r-2" });

        Assert.Equal("cmpl-r-2-0", await NextAbortAsync(server));
    }

    private static ReplayServer Start()
    {
        ReplayServer server = ReplayServer.Start().Add(ReplayExchange.Of(Recordings.Http["F-abort-completion"]) with
        {
            Matches = IsAbort,
            Times = 9,
        });
        ProbedServer.Add(server, tokens: true);
        return server;
    }

    private static bool IsAbort(ReplayedRequest request) =>
        request.Target == HttpRoutes.Abort && request.Text.Length > 2;

    private static async Task<BackendFixture> ProbeAsync(ReplayServer server)
    {
        var fixture = new BackendFixture(server);
        Assert.True((await fixture.Backend.ProbeAsync(Token)).IsHealthy);
        return fixture;
    }

    private static ReplayExchange Held(ReplayEnd end)
    {
        ReplayExchange whole = ReplayExchange.OfEvents(FirstEvent);
        return whole with { Response = whole.Response[..^"0\r\n\r\n".Length], End = end };
    }

    private static async Task LeaveUnansweredAsync(
        ReplayServer server, BackendFixture fixture, InferenceRequest request)
    {
        server.Add(new ReplayExchange { Response = Array.Empty<byte>(), End = ReplayEnd.Hold });
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using IAsyncEnumerator<InferenceChunk> chunks =
            fixture.Backend.GenerateAsync(request, cancel.Token).GetAsyncEnumerator(cancel.Token);
        ValueTask<bool> next = chunks.MoveNextAsync();
        while ((await server.NextRequestAsync(Token)).Text is not { Length: > 2 } text
            || !text.Contains("max_tokens", StringComparison.Ordinal))
        {
            // What the probe asked.
        }

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    private static async Task<string> NextAbortAsync(ReplayServer server)
    {
        while (true)
        {
            ReplayedRequest request = await server.NextRequestAsync(Token);
            if (IsAbort(request))
            {
                return request.Text["{\"request_ids\":[\"".Length..^"\"]}".Length];
            }
        }
    }
}
