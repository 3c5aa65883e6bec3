using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
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
        Sampling = new SamplingOptions { MaxTokens = 1900, IgnoreEos = true },
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
        int ids = isStream ? RecordedAnswers.Of(Recordings.Http[name]).Ids.Split(',').Length : 0;
        await RunAsync(ReplayExchange.Of(Recordings.Http[name]), Request with { Stream = isStream }, ids);
    }

    [Fact]
    public async Task Keep_alive_comments_do_not_feed_a_budget()
    {
        ReplayExchange comments = ReplayExchange.OfEvents([.. Enumerable.Repeat(": keep-alive\n\n", 20)]);
        await RunAsync(
            comments with { Response = comments.Response[..^5], End = ReplayEnd.Hold }, Request, outputIds: 0);
    }

    private static async Task RunAsync(ReplayExchange exchange, InferenceRequest request, int outputIds)
    {
        var time = new FakeTimeProvider();
        await using ReplayServer server = ReplayServer.Start().Add(exchange);
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(time);
        services.AddThemisBridge(configure: options =>
        {
            options.Engines["a"] = new EngineOptions { Ladder = { server.Address.AbsoluteUri } };
            options.Routes["themis-tiny"] = ["a"];
        }).AddHttp();
        await using ServiceProvider provider = services.BuildServiceProvider();
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
