using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Requests;

/// <summary>What is sent depends on the server's version and on what it is said to keep.</summary>
public class RequestSpellingTests
{
    private static readonly InferenceRequest Ids = new()
    {
        Model = "themis-tiny",
        Prompt = new TokenPrompt(new[] { 1, 2 }),
        Output = OutputParts.TokenIds,
        Sampling = new SamplingOptions { MaxTokens = 4 },
        RequestId = "r-1",
    };

    [Theory]
    [InlineData("0.10.2", "\"guided_regex\":\"a+\"")]
    [InlineData("0.11.0", "\"structured_outputs\":{\"regex\":\"a+\"}")]
    [InlineData("0.33.0", "\"structured_outputs\":{\"regex\":\"a+\"}")]
    public async Task Structured_output_is_spelt_as_the_servers_version_does(string version, string expected)
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false, version);
        server.Add(ReplayExchange.Of(Recordings.Http["A-completions-text"]) with
        {
            Matches = request => request.Target == HttpRoutes.Completions,
        });
        using var fixture = new BackendFixture(server);
        await Collected.OfAsync(fixture.Backend, Ids with
        {
            Prompt = new TextPrompt("x"),
            Output = OutputParts.Text,
            Stream = false,
            StructuredOutput = StructuredOutput.Regex("a+"),
        });

        Assert.Contains(expected, server.Requests[^1].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.10.2", "\"guided_json\":{}")]
    [InlineData("0.32.0", "\"structured_outputs\":{\"json\":{}}")]
    [InlineData("unknown", "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
        + "{\"name\":\"output\",\"schema\":{}}}")]
    public async Task Schema_is_spelt_so_that_no_version_ignores_it(string version, string expected)
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false, version);
        server.Add(ReplayExchange.Of(Recordings.Http["A-completions-text"]));
        using var fixture = new BackendFixture(server);
        await Collected.OfAsync(fixture.Backend, Ids with
        {
            Output = OutputParts.Text,
            StructuredOutput = StructuredOutput.JsonSchema("{}"),
        });

        Assert.Contains(expected, server.Requests[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Structure_that_a_server_without_a_version_may_ignore_is_refused()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false, "unknown");
        using var fixture = new BackendFixture(server);
        Collected answer = await Collected.OfAsync(
            fixture.Backend, Ids with { StructuredOutput = StructuredOutput.Regex("a+") });

        Assert.Equal(BridgeFailure.UnsupportedOption, answer.Failure);
        Assert.Contains("regex", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Structure_goes_to_completions_where_the_token_endpoint_spells_it_otherwise()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: true, "0.10.2");
        server.Add(ReplayExchange.Of(Recordings.Http["A-completions-ids-return-stream"]));
        using var fixture = new BackendFixture(server);
        await Collected.OfAsync(fixture.Backend, Ids with { StructuredOutput = StructuredOutput.Regex("a+") });

        Assert.Equal(HttpRoutes.Completions, server.Requests[^1].Target);
        Assert.Contains("\"guided_regex\":\"a+\"", server.Requests[^1].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.9.2")]
    [InlineData("unknown")]
    public async Task Tenants_are_refused_where_the_server_might_mix_them(string version)
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false, version);
        using var fixture = new BackendFixture(server);
        Collected answer = await Collected.OfAsync(
            fixture.Backend, Ids with { Tenant = "t", Output = OutputParts.Text });

        Assert.Equal(BridgeFailure.UnsupportedOption, answer.Failure);
        Assert.Contains("tenant_isolation", answer.Message, StringComparison.Ordinal);
        Assert.Equal(BridgeFailure.UnsupportedOption, (await Collected.OfAsync(
            fixture.Backend, Ids with { CachePolicy = CachePolicy.Bypass, Output = OutputParts.Text })).Failure);
        Assert.DoesNotContain(server.Requests, request => request.Target == HttpRoutes.Completions);
    }

    [Theory]
    [InlineData("0.10.1", false)]
    [InlineData("0.10.2", true)]
    public async Task Ids_are_refused_before_the_version_that_gives_them(string version, bool isOffered)
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false, version);
        using var fixture = new BackendFixture(server);
        await fixture.Backend.ProbeAsync(TestContext.Current.CancellationToken);
        BackendFeatures ids = BackendFeatures.TokenIdOutput | BackendFeatures.PromptTokenIdOutput;

        BackendFeatures features = fixture.Backend.Descriptor.Capabilities.Features;
        Assert.Equal(isOffered ? ids : BackendFeatures.None, features & ids);
        // Without ids, their text can still be asked for, and tokenized beside it.
        Assert.True(features.HasFlag(BackendFeatures.Tokenize | BackendFeatures.TokenPrompt));
        if (!isOffered)
        {
            Collected answer = await Collected.OfAsync(fixture.Backend, Ids);
            Assert.Equal(BridgeFailure.UnsupportedOption, answer.Failure);
            Assert.Contains("token_id_output", answer.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("t-1", "t-1")]
    [InlineData("user@example.org", "sha256:")]
    [InlineData("bypass:x", "sha256:")]
    public async Task Tenant_is_the_salt_of_the_prefix_cache(string tenant, string salt)
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false);
        server.Add(ReplayExchange.Of(Recordings.Http["A-completions-text"]) with
        {
            Matches = request => request.Target == HttpRoutes.Completions,
        });
        using var fixture = new BackendFixture(server);
        await Collected.OfAsync(
            fixture.Backend, Ids with { Tenant = tenant, Output = OutputParts.Text, Stream = false });

        Assert.Contains("\"cache_salt\":\"" + salt, server.Requests[^1].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("@", server.Requests[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Priority_needs_a_server_that_is_said_to_keep_it()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false);
        using var without = new BackendFixture(server);
        using var with = new BackendFixture(server, options => options.PriorityScheduling = true);

        Assert.Equal(BridgeFailure.UnsupportedOption,
            (await Collected.OfAsync(without.Backend, Ids with { Priority = 1 })).Failure);
        Assert.True(with.Backend.Descriptor.Capabilities.Features.HasFlag(BackendFeatures.Priority));
    }

    [Fact]
    public async Task Completion_without_a_limit_is_sent_what_fits()
    {
        await using ReplayServer server = ProbedServer.Start(tokens: false);
        server.Add(ReplayExchange.Of(Recordings.Http["A-completions-text"]) with
        {
            Matches = request => request.Target == HttpRoutes.Completions,
            Times = 2,
        });
        using var fixture = new BackendFixture(server);
        InferenceRequest request = Ids with
        {
            Sampling = SamplingOptions.Unset,
            Output = OutputParts.Text,
            Stream = false,
        };
        await Collected.OfAsync(fixture.Backend, request);
        await Collected.OfAsync(fixture.Backend, request with { Prompt = new TextPrompt("x") });
        Collected tooLong = await Collected.OfAsync(
            fixture.Backend, request with { Prompt = new TokenPrompt(new int[512]) });

        Assert.Equal(["/v1/models", "/v1/completions", "/v1/completions"], server.Requests.Select(one => one.Target));
        Assert.Contains("\"max_tokens\":510", server.Requests[1].Text, StringComparison.Ordinal);
        Assert.Contains("\"max_tokens\":512", server.Requests[2].Text, StringComparison.Ordinal);
        Assert.Equal(BridgeFailure.ContextLengthExceeded, tooLong.Failure);
    }
}
