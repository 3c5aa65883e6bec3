using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Connections;

public class StaleConnectionTests
{
    private static readonly InferenceRequest Request = new()
    {
        Model = "m",
        Prompt = new TextPrompt("hi"),
        Sampling = new SamplingOptions { MaxTokens = 4 },
        Stream = false,
    };

    private static readonly ReplayExchange Answer = ReplayExchange.Of(200, "application/json",
        """{"id":"i","model":"m","choices":[{"index":0,"text":"a","finish_reason":"stop"}]}""");

    [Theory]
    [InlineData(ReplayEnd.Close)]
    [InlineData(ReplayEnd.Reset)]
    public async Task Kept_connection_closed_before_any_byte_is_replaced_at_once(ReplayEnd end)
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(Answer)
            .Add(new ReplayExchange { Response = Array.Empty<byte>(), End = end })
            .Add(Answer);
        using var fixture = new BackendFixture(server);

        Assert.Equal("a", (await Collected.OfAsync(fixture.Backend, Request)).Text);
        Assert.Equal("a", (await Collected.OfAsync(fixture.Backend, Request)).Text);
        Assert.Equal([1, 1, 2], server.Requests.Select(request => request.Connection));
        Assert.Equal(server.Requests[1].Text, server.Requests[2].Text);
    }

    [Fact]
    public async Task Kept_connection_closed_before_any_byte_is_replaced_for_questions_too()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(200, null, ""))
            .Add(new ReplayExchange { Response = Array.Empty<byte>(), End = ReplayEnd.Close })
            .Add(ReplayExchange.Of(Recordings.Http["A-get-models"]));
        using var fixture = new BackendFixture(server, options => options.Server = HttpServerKind.OpenAI);
        await fixture.Backend.ProbeAsync(TestContext.Current.CancellationToken);

        Assert.Equal([("/health", 1), ("/v1/models", 1), ("/v1/models", 2)],
            server.Requests.Select(request => (request.Target, request.Connection)));
        Assert.Single(fixture.Backend.Descriptor.Models);
    }

    [Fact]
    public async Task Repetition_is_made_once()
    {
        ReplayExchange close = new() { Response = Array.Empty<byte>(), End = ReplayEnd.Close, Times = 5 };
        await using ReplayServer server = ReplayServer.Start().Add(Answer).Add(close);
        using var fixture = new BackendFixture(server);
        await Collected.OfAsync(fixture.Backend, Request);
        Collected answer = await Collected.OfAsync(fixture.Backend, Request);

        Assert.Equal((BridgeFailure.ConnectionLost, FailureStage.Admit), (answer.Failure, answer.Stage));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task New_connection_closed_before_any_byte_is_a_failure()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(new ReplayExchange { Response = Array.Empty<byte>(), End = ReplayEnd.Close })
            .Add(Answer);
        using var fixture = new BackendFixture(server);
        Collected answer = await Collected.OfAsync(fixture.Backend, Request);

        Assert.Equal((BridgeFailure.ConnectionLost, FailureStage.Admit), (answer.Failure, answer.Stage));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Kept_connection_closed_after_the_first_byte_is_a_failure()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(Answer)
            .Add(Answer with { Response = Answer.Response[..12], End = ReplayEnd.Close })
            .Add(Answer);
        using var fixture = new BackendFixture(server);
        await Collected.OfAsync(fixture.Backend, Request);
        Collected answer = await Collected.OfAsync(fixture.Backend, Request);

        Assert.NotNull(answer.Failure);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Idle_connection_closed_by_the_server_is_not_used_again()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(Answer with { End = ReplayEnd.Close })
            .Add(Answer);
        using var fixture = new BackendFixture(server);
        await Collected.OfAsync(fixture.Backend, Request);
        await server.Requests[0].ClientGone;

        Assert.Equal("a", (await Collected.OfAsync(fixture.Backend, Request)).Text);
        Assert.Equal([1, 2], server.Requests.Select(request => request.Connection));
    }

    [Fact]
    public async Task Unused_connection_is_given_up_before_the_server_does()
    {
        await using ReplayServer server = ReplayServer.Start().Add(Answer);
        using var fixture = new BackendFixture(
            server, options => options.IdleConnectionLifetime = TimeSpan.FromMilliseconds(200));
        await Collected.OfAsync(fixture.Backend, Request);

        // The handler looks at its connections about once a second of real time.
        await server.Requests[0].ClientGone.WaitAsync(
            TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(TimeSpan.FromSeconds(4), new HttpBackendOptions().IdleConnectionLifetime);
    }
}
