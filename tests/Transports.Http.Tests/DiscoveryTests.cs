using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests;

/// <summary>What a probe learns, and what follows from it.</summary>
public class DiscoveryTests
{
    private static readonly InferenceRequest Ids = new()
    {
        Model = "themis-tiny",
        Prompt = new TokenPrompt(new[] { 1, 2 }),
        Output = OutputParts.TokenIds,
        Sampling = new SamplingOptions { MaxTokens = 4 },
        RequestId = "r-1",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0.32.0", "0.32.0")]
    [InlineData("0.11.1rc2.dev3+g12ab", "0.11.1")]
    [InlineData("0.10", "0.10.0")]
    [InlineData("1.0.0+cpu", "1.0.0")]
    [InlineData("0.12.post1", "0.12.0")]
    [InlineData("dev", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("99999999999.1", null)]
    public void Version_is_read_as_far_as_it_has_numbers(string? text, string? expected)
    {
        Assert.Equal(expected, ServerFacts.ParseVersion(text)?.ToString());
    }

    [Fact]
    public async Task Probe_tells_load_and_learns_the_models()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false, metrics: """
            # HELP vllm:num_requests_running x
            vllm:num_requests_running{engine="0",model_name="m"} 3.0
            vllm:num_requests_running{engine="1",model_name="m"} 4.0
            vllm:num_requests_waiting{engine="0",model_name="m"} 2.0
            vllm:num_requests_waiting_by_reason{engine="0",model_name="m",reason="capacity"} 9.0
            vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
            vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.75
            vllm:prefix_cache_queries_total{engine="0",model_name="m"} 200.0
            vllm:prefix_cache_hits_total{engine="0",model_name="m"} 50.0
            vllm:lora_requests_info{max_lora="1",running_lora_adapters="old",waiting_lora_adapters=""} 1.7e+09
            vllm:lora_requests_info{max_lora="1",running_lora_adapters="a,b",waiting_lora_adapters=""} 1.8e+09
            vllm:broken
            vllm:num_requests_running{engine="2"} NaN
            """);
        using var fixture = new BackendFixture(server);
        BackendHealth health = await fixture.Backend.ProbeAsync(Token);

        Assert.Equal((true, 7, 2, 0.75, 0.25),
            (health.IsHealthy, health.Running, health.Waiting, health.KvCacheUse, health.PrefixHitRate));
        Assert.Equal(["a", "b"], health.Adapters);
        Assert.Equal("themis-tiny", Assert.Single(fixture.Backend.Descriptor.Models).Name);
    }

    [Fact]
    public void Metrics_of_a_real_server_are_read()
    {
        EngineMetrics metrics = MetricsParser.Parse(Recordings.Http["A-metrics-after"].ResponseBody.Span);

        Assert.Equal((0, 0, 0.0, 3230.0, 384.0), (metrics.Running, metrics.Waiting, metrics.KvCacheUse,
            metrics.PrefixQueries, metrics.PrefixHits));
        Assert.Empty(metrics.Adapters);
    }

    [Fact]
    public async Task Health_is_good_whatever_else_fails()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(200, null, "") with { Matches = request => request.Target == "/health" });
        using var fixture = new BackendFixture(server);
        BackendHealth health = await fixture.Backend.ProbeAsync(Token);

        Assert.True(health.IsHealthy);
        Assert.Null(health.Running);
    }

    [Fact]
    public async Task Models_are_no_sign_of_life()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(Recordings.Http["A-get-models"]) with { Matches = r => r.Target == "/v1/models" })
            .Add(ReplayExchange.Of(503, null, "") with { Matches = r => r.Target == "/health" });
        using var fixture = new BackendFixture(server);

        Assert.False((await fixture.Backend.ProbeAsync(Token)).IsHealthy);
        Assert.Equal("/health", Assert.Single(server.Requests).Target);
    }

    [Fact]
    public async Task Server_without_health_is_asked_by_ping_and_else_believed()
    {
        const string None = "{\"detail\":\"Not Found\"}";
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(404, "application/json", None) with
            {
                Matches = request => request.Target != "/v1/models",
                Times = 2,
            })
            .Add(ReplayExchange.Of(Recordings.Http["A-get-models"]));
        using var fixture = new BackendFixture(server, options => options.Server = HttpServerKind.OpenAI);

        Assert.True((await fixture.Backend.ProbeAsync(Token)).IsHealthy);
        Assert.Equal(["/health", "/ping", "/v1/models"], server.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task Ids_go_to_the_token_endpoint_where_it_is_on()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: true);
        server.Add(ReplayExchange.Of(Recordings.Http["F-generate-stream-usage"]) with
        {
            Matches = request => request.Target == HttpRoutes.Generate,
        });
        using var fixture = new BackendFixture(server);
        await fixture.Backend.ProbeAsync(Token);
        Collected answer = await Collected.OfAsync(fixture.Backend, Ids);

        Assert.Equal(("768,271,261,1015", FinishReason.Length, new TokenUsage(18, 0, 4)),
            (answer.Ids, answer.Finish, answer.Usage));
        ReplayedRequest request = server.Requests[^1];
        Assert.Equal("r-1", request.Header("X-Request-Id"));
        Assert.Equal(
            """{"model":"themis-tiny","token_ids":[1,2],"stream":true,"stream_options":{"include_usage":true},"""
            + "\"sampling_params\":{\"max_tokens\":4,\"detokenize\":false}}", request.Text);
    }

    [Fact]
    public async Task Text_and_servers_without_the_token_endpoint_use_completions()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false);
        server.Add(ReplayExchange.Of(Recordings.Http["A-completions-ids-return-stream"]) with
        {
            Matches = request => request.Target == HttpRoutes.Completions,
        });
        using var fixture = new BackendFixture(server);
        await fixture.Backend.ProbeAsync(Token);
        await Collected.OfAsync(fixture.Backend, Ids);

        Assert.Contains("\"return_token_ids\":true", server.Requests[^1].Text, StringComparison.Ordinal);
        Assert.Contains("\"max_tokens\":4", server.Requests[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exchanged_server_is_asked_anew_although_it_is_healthy()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: true, "0.31.0");
        ProbedServer.Add(server, tokens: false, "0.32.0");
        using var fixture = new BackendFixture(server);
        await fixture.Backend.ProbeAsync(Token);
        await fixture.Backend.ProbeAsync(Token);
        server.Add(ReplayExchange.Of(Recordings.Http["A-completions-ids-return-stream"]));
        await Collected.OfAsync(fixture.Backend, Ids);

        Assert.Equal(HttpRoutes.Completions, server.Requests[^1].Target);
    }

    [Fact]
    public async Task Same_server_is_asked_for_its_version_alone()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: true);
        ProbedServer.Add(server, tokens: false);
        using var fixture = new BackendFixture(server);
        await fixture.Backend.ProbeAsync(Token);
        int first = server.Requests.Count;
        await fixture.Backend.ProbeAsync(Token);

        Assert.Equal(["/health", "/version", "/v1/models", "/metrics"],
            server.Requests.Skip(first).Select(request => request.Target));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Server_that_is_busy_or_failing_has_not_said_what_it_has(int status)
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(status, "application/json", "{}") with
            {
                Matches = request => request.Target == HttpRoutes.Generate,
            });
        ProbedServer.Add(server, tokens: true);
        ProbedServer.Add(server, tokens: true);
        using var fixture = new BackendFixture(server);
        Assert.True((await fixture.Backend.ProbeAsync(Token)).IsHealthy);
        Assert.Single(fixture.Backend.Descriptor.Models);
        await fixture.Backend.ProbeAsync(Token);
        server.Add(ReplayExchange.Of(Recordings.Http["F-generate-stream-usage"]));
        await Collected.OfAsync(fixture.Backend, Ids);

        Assert.Equal((HttpRoutes.Generate, "r-1"),
            (server.Requests[^1].Target, server.Requests[^1].Header("X-Request-Id")));
    }

    [Fact]
    public async Task Failed_route_makes_the_next_dependent_request_ask_again()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: true);
        using var fixture = new BackendFixture(server);
        await fixture.Backend.ProbeAsync(Token);
        server.Add(ReplayExchange.Of(Recordings.Http["A-generate-disabled"]) with
        {
            Matches = request => request.Target == HttpRoutes.Generate,
        });
        Collected refused = await Collected.OfAsync(fixture.Backend, Ids);
        ProbedServer.Add(server, tokens: false, "0.9.0");
        Collected tenant = await Collected.OfAsync(
            fixture.Backend, Ids with { Tenant = "t", Output = OutputParts.Text });

        Assert.Equal(BridgeFailure.UnsupportedOption, refused.Failure);
        Assert.Equal(BridgeFailure.UnsupportedOption, tenant.Failure);
        Assert.Contains("tenant_isolation", tenant.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vllm_without_a_health_route_is_reached_under_the_wrong_path()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(404, "application/json", "{\"detail\":\"Not Found\"}") with { Times = 9 });
        using var fixture = new BackendFixture(server.Address.AbsoluteUri + "gateway/v1");
        BackendHealth health = await fixture.Backend.ProbeAsync(Token);

        Assert.False(health.IsHealthy);
        Assert.Contains("base path '/gateway/'", health.Detail, StringComparison.Ordinal);
        Assert.Equal(["/gateway/health", "/gateway/ping"], server.Requests.Select(request => request.Target));
    }

    [Fact]
    public void Metrics_of_older_servers_name_the_cache_otherwise()
    {
        Assert.Equal(0.5, MetricsParser.Parse("vllm:gpu_cache_usage_perc{model_name=\"m\"} 0.5\n"u8).KvCacheUse);
    }
}
