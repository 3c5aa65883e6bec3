using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Recorded;

/// <summary>What a client of a stopping or dying vLLM sees, over real sockets.</summary>
public class LifeTests
{
    private static readonly InferenceRequest Streamed = new()
    {
        Model = "themis-tiny",
        Prompt = new TokenPrompt(new[] { 1, 2, 3 }),
        Sampling = new SamplingOptions { MaxTokens = 1900, Temperature = 0 },
        Output = OutputParts.Text | OutputParts.TokenIds,
    };

    [Theory]
    [InlineData("life-engine-death-stream-long", BridgeFailure.EngineFailed)]
    [InlineData("life-engine-death-stream-short", BridgeFailure.EngineFailed)]
    [InlineData("life-term-default-stream-long", BridgeFailure.EngineFailed)]
    [InlineData("life-term-default-stream-short", BridgeFailure.EngineFailed)]
    [InlineData("life-kill-tcp-stream-long", BridgeFailure.ConnectionLost)]
    [InlineData("life-kill-tcp-stream-short", BridgeFailure.ConnectionLost)]
    [InlineData("life-kill-uds-stream-long", BridgeFailure.ConnectionLost)]
    [InlineData("life-kill-uds-stream-short", BridgeFailure.ConnectionLost)]
    public async Task Stream_of_a_dying_server_fails_after_the_output_it_gave(string name, BridgeFailure expected)
    {
        Collected answer = await PlayAsync(name, Streamed);

        Assert.Equal((expected, FailureStage.Stream), (answer.Failure, answer.Stage));
        Assert.NotEmpty(answer.Ids);
        Assert.NotEmpty(answer.Text);
    }

    [Theory]
    [InlineData("life-engine-death-plain-long", BridgeFailure.EngineFailed)]
    [InlineData("life-term-default-plain-long", BridgeFailure.EngineFailed)]
    [InlineData("life-kill-tcp-plain-long", BridgeFailure.ConnectionLost)]
    [InlineData("life-kill-uds-plain-long", BridgeFailure.ConnectionLost)]
    public async Task Plain_request_to_a_dying_server_fails(string name, BridgeFailure expected)
    {
        Collected answer = await PlayAsync(name, Streamed with { Stream = false });

        Assert.Equal((expected, FailureStage.Admit), (answer.Failure, answer.Stage));
    }

    [Fact]
    public async Task Abort_that_nobody_asked_for_is_no_success()
    {
        Collected answer = await PlayAsync(
            "life-term-drain3-request-after", Streamed with { Stream = false, Output = OutputParts.Text });

        Assert.Equal((BridgeFailure.AbortedByEngine, FailureStage.Prefill), (answer.Failure, answer.Stage));
    }

    [Theory]
    [InlineData("life-term-drain-stream-short")]
    [InlineData("life-term-drain3-stream-short")]
    public async Task Stream_that_ends_within_the_drain_succeeds(string name)
    {
        Collected answer = await PlayAsync(name, Streamed);

        Assert.Equal(FinishReason.Length, answer.Finish);
        Assert.Equal(300, answer.Ids.Split(',').Length);
    }

    [Theory]
    [InlineData("life-term-drain-stream-long")]
    [InlineData("life-term-drain3-stream-long")]
    [InlineData("life-term-drain-plain-long")]
    [InlineData("life-term-drain3-plain-long")]
    public async Task Request_over_the_drain_time_hangs_and_leaves_when_cancelled(string name)
    {
        await using ReplayServer server = ReplayServer.Start().Add(ReplayExchange.Of(Recordings.Http[name]));
        using var fixture = new BackendFixture(server);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bool isStream = Recordings.Http[name].IsStream;
        await using IAsyncEnumerator<InferenceChunk> chunks = fixture.Backend
            .GenerateAsync(Streamed with { Stream = isStream }, cancel.Token).GetAsyncEnumerator(cancel.Token);
        int ids = 0;
        int expected = isStream ? CountIds(Recordings.Http[name]) : 0;
        while (ids < expected)
        {
            Assert.True(await chunks.MoveNextAsync());
            ids += chunks.Current.TokenIds.Length;
        }

        ValueTask<bool> next = chunks.MoveNextAsync();
        ReplayedRequest request = await server.NextRequestAsync(TestContext.Current.CancellationToken);
        await request.Answered;
        Assert.False(next.IsCompleted);
        Assert.False(request.ClientGone.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await request.ClientGone;
    }

    [Theory]
    [InlineData("life-engine-death-quiet-health-200", true)]
    [InlineData("life-engine-death-quiet-health-503", false)]
    [InlineData("life-term-drain-health-after", true)]
    [InlineData("life-term-drain3-health-after", true)]
    public async Task Probe_says_what_health_says(string name, bool healthy)
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(Recordings.Http[name]) with { Matches = request => request.Target == "/health" })
            .Add(ReplayExchange.Of(Recordings.Http["A-get-version"]) with { Matches = r => r.Target == "/version" })
            .Add(ReplayExchange.Of(Recordings.Http["A-get-models"]) with { Matches = r => r.Target == "/v1/models" })
            .Add(ReplayExchange.Of(Recordings.Http["A-generate-disabled"]) with { Matches = r => r.Method == "POST" })
            .Add(ReplayExchange.Of(Recordings.Http["A-abort-disabled"]) with { Matches = r => r.Method == "POST" });
        using var fixture = new BackendFixture(server);
        BackendHealth health = await fixture.Backend.ProbeAsync(TestContext.Current.CancellationToken);

        Assert.Equal(healthy, health.IsHealthy);
        Assert.Equal(healthy, health.Detail.Length == 0);
        int?[] expected = healthy ? [512] : [];
        Assert.Equal(expected, fixture.Backend.Descriptor.Models.Select(model => model.MaxContextTokens));
    }

    private static int CountIds(RecordedExchange exchange) =>
        System.Text.Encoding.UTF8.GetString(exchange.Response.Span).Split("\"token_ids\":[").Skip(1)
            .Where((_, index) => index > 0)
            .Sum(part => part[..part.IndexOf(']', StringComparison.Ordinal)].Split(',').Length);

    private static async Task<Collected> PlayAsync(string name, InferenceRequest request)
    {
        await using ReplayServer server = ReplayServer.Start().Add(ReplayExchange.Of(Recordings.Http[name]));
        using var fixture = new BackendFixture(server);
        return await Collected.OfAsync(fixture.Backend, request);
    }
}
