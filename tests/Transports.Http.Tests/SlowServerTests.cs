using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests;

/// <summary>Servers that take their time, below the budgets of a router.</summary>
public class SlowServerTests
{
    private static readonly ReplayExchange Answer = ReplayExchange.OfEvents(
        "data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":null}]}\n\n",
        "data: {\"choices\":[{\"text\":\"b\",\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n");

    private static readonly InferenceRequest Request = new()
    {
        Model = "m",
        Prompt = new TextPrompt("hi"),
        Sampling = new SamplingOptions { MaxTokens = 4 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stream_whose_end_is_kept_back_behind_done_succeeds_a_second_later()
    {
        var time = new FakeTimeProvider();
        await using ReplayServer server = ReplayServer.Start().Add(new ReplayExchange
        {
            Response = Answer.Response[..^"0\r\n\r\n".Length],
            End = ReplayEnd.Hold,
        });
        using var fixture = new BackendFixture(server, time: time);
        Task<Collected> answer = Collected.OfAsync(fixture.Backend, Request);
        ReplayedRequest request = await server.NextRequestAsync(Token);
        await request.Answered;
        while (!answer.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.Equal(FinishReason.Stop, (await answer).Finish);
        await request.ClientGone;
    }

    [Fact]
    public async Task Byte_a_second_is_slow_and_no_failure()
    {
        var time = new FakeTimeProvider();
        await using ReplayServer server = ReplayServer.Start(new ReplayServerOptions { Time = time }).Add(Answer with
        {
            Pauses = [.. Enumerable.Range(0, Answer.Response.Length).Select(
                at => new ReplayPause(at, TimeSpan.FromSeconds(1)))],
        });
        using var fixture = new BackendFixture(server, time: time);
        Task<Collected> collected = Collected.OfAsync(fixture.Backend, Request);
        await server.NextRequestAsync(Token);
        while (!collected.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(("ab", FinishReason.Stop), ((await collected).Text, (await collected).Finish));
    }
}
