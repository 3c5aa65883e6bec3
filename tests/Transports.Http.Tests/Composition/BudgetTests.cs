using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Composition;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Composition;

/// <summary>A server that falls silent, through the bridge: the budgets end it, and the engine is let go.</summary>
public class BudgetTests
{
    private static readonly InferenceRequest Request = new()
    {
        Model = "themis-tiny",
        Prompt = new TokenPrompt(new[] { 1 }),
        Sampling = new SamplingOptions { MaxTokens = 1900 },
        Output = OutputParts.Text | OutputParts.TokenIds,
        Deadlines = new DeadlineBudgets
        {
            FirstToken = TimeSpan.FromSeconds(10),
            Idle = TimeSpan.FromSeconds(5),
            Total = TimeSpan.FromHours(1),
        },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("life-term-drain-plain-long", false)]
    [InlineData("life-term-drain-stream-long", true)]
    [InlineData("life-term-drain3-stream-long", true)]
    public async Task Server_that_falls_silent_runs_out_of_its_budget(string name, bool isStream)
    {
        int ids = isStream ? RecordedAnswers.Of(Recordings.Http[name], Request).Ids.Split(',').Length : 0;
        await RunAsync(ReplayExchange.Of(Recordings.Http[name]), Request with { Stream = isStream }, ids);
    }

    [Fact]
    public async Task Keep_alive_comments_do_not_feed_a_budget()
    {
        ReplayExchange comments = ReplayExchange.OfEvents([.. Enumerable.Repeat(": keep-alive\n\n", 20)]);
        await RunAsync(
            comments with { Response = comments.Response[..^5], End = ReplayEnd.Hold }, Request, outputIds: 0);
    }

    [Fact]
    public async Task Bytes_that_make_no_event_do_not_feed_a_budget()
    {
        var time = new SteadyTime();
        ReplayExchange answer = ReplayExchange.OfEvents("data: {\"choices\":[{\"text\":\"a\"}]}\n\n");
        await using ReplayServer server = ReplayServer.Start(new ReplayServerOptions { Time = time }).Add(answer with
        {
            // The head at once, and then a byte a second, of which the event has more than the budget has seconds.
            Pauses = [.. Enumerable.Range(answer.Response.Span.IndexOf("data"u8), 30).Select(
                at => new ReplayPause(at, TimeSpan.FromSeconds(1)))],
        });
        await using ServiceProvider provider = Build(server, time);
        Task<InferenceChunk> first = provider.GetRequiredService<IThemisBridge>()
            .GenerateAsync(Request, Token).FirstAsync(Token).AsTask();
        ReplayedRequest received = await server.NextRequestAsync(Token);
        while (!first.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(BridgeFailure.DeadlineExceeded,
            (await Assert.ThrowsAsync<BridgeException>(() => first)).Failure);
        await received.ClientGone.WaitAsync(Token);
    }

    private static ServiceProvider Build(ReplayServer server, TimeProvider time)
    {
        var services = new ServiceCollection();
        services.AddSingleton(time);
        services.AddThemisBridge(configure: options =>
        {
            options.Engines["a"] = new EngineOptions { Ladder = { server.Address.AbsoluteUri } };
            options.Routes["themis-tiny"] = ["a"];
        }).AddHttp();
        return services.BuildServiceProvider();
    }

    private static async Task RunAsync(ReplayExchange exchange, InferenceRequest request, int outputIds)
    {
        var time = new SteadyTime();
        await using ReplayServer server = ReplayServer.Start().Add(exchange);
        await using ServiceProvider provider = Build(server, time);
        await using IAsyncEnumerator<InferenceChunk> chunks = provider.GetRequiredService<IThemisBridge>()
            .GenerateAsync(request, Token).GetAsyncEnumerator(Token);
        for (int ids = 0; ids < outputIds; ids += chunks.Current.TokenIds.Length)
        {
            Assert.True(await chunks.MoveNextAsync());
        }

        // From here on nothing comes any more, so the clock may run.
        Task<bool> next = chunks.MoveNextAsync().AsTask();
        ReplayedRequest received = await server.NextRequestAsync(Token);
        await received.Answered;
        Assert.False(received.ClientGone.IsCompleted);
        while (!next.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        BridgeException e = await Assert.ThrowsAsync<BridgeException>(() => next);
        Assert.Equal((BridgeFailure.DeadlineExceeded, outputIds > 0), (e.Failure, e.OutputCommitted));
        await received.ClientGone.WaitAsync(Token);
    }
}
