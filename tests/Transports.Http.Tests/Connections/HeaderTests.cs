using System.Diagnostics;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Connections;

public class HeaderTests
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static readonly InferenceRequest Request = new()
    {
        Model = "m",
        Prompt = new TextPrompt("hi"),
        Sampling = new SamplingOptions { MaxTokens = 4 },
        Stream = false,
    };

    [Theory]
    [InlineData("", "/v1/completions")]
    [InlineData("/", "/v1/completions")]
    [InlineData("/v1", "/v1/completions")]
    [InlineData("/v1/", "/v1/completions")]
    [InlineData("/gateway/llm", "/gateway/llm/v1/completions")]
    [InlineData("/gateway/v1", "/gateway/v1/completions")]
    public async Task Base_path_stands_before_every_route(string path, string target)
    {
        await using ReplayServer server = StartServer();
        using var fixture = new BackendFixture(server.Address.AbsoluteUri.TrimEnd('/') + path);
        await Collected.OfAsync(fixture.Backend, Request);

        Assert.Equal(target, server.Requests[0].Target);
    }

    [Fact]
    public async Task Trace_parent_is_the_requests_own()
    {
        await using ReplayServer server = StartServer();
        using var fixture = new BackendFixture(server);
        using var activity = new Activity("test");
        activity.SetIdFormat(ActivityIdFormat.W3C).Start();
        await Collected.OfAsync(fixture.Backend, Request with { TraceParent = Parent });

        Assert.Equal(Parent, server.Requests[0].Header("traceparent"));
    }

    [Fact]
    public async Task Trace_parent_is_the_current_activitys_where_the_request_brings_none()
    {
        await using ReplayServer server = StartServer();
        using var fixture = new BackendFixture(server);
        using var activity = new Activity("test");
        activity.SetIdFormat(ActivityIdFormat.W3C).Start();
        await Collected.OfAsync(fixture.Backend, Request);

        Assert.Equal(activity.Id, server.Requests[0].Header("traceparent"));
    }

    [Fact]
    public async Task Request_without_key_id_and_trace_carries_none_of_them()
    {
        await using ReplayServer server = StartServer();
        using var fixture = new BackendFixture(server);
        await Collected.OfAsync(fixture.Backend, Request);
        string head = server.Requests[0].Head;

        Assert.Null(server.Requests[0].Header("Authorization"));
        Assert.Null(server.Requests[0].Header("X-Request-Id"));
        Assert.Null(server.Requests[0].Header("traceparent"));
        Assert.Equal("application/json", server.Requests[0].Header("Content-Type"));
        Assert.DoesNotContain("Accept-Encoding", head, StringComparison.OrdinalIgnoreCase);
    }

    private static ReplayServer StartServer() => ReplayServer.Start().Add(ReplayExchange.Of(200, "application/json",
        """{"id":"i","model":"m","choices":[{"index":0,"text":"a","finish_reason":"stop"}]}"""));
}
