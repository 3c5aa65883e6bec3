using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Tests.Doubles;

namespace ThemisBridge.Core.Tests.Routing;

public sealed class BridgeRouterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generate_first_backend_answers_and_is_named()
    {
        var first = new FakeBackend(kind: "one");
        var second = new FakeBackend();
        using var fixture = new RouterFixture(first, second);

        InferenceResult result = await fixture.Router.CompleteAsync(RouterFixture.Request, Token);

        Assert.Equal("hello", result.Text);
        Assert.Equal(("m", "e0", "one", "r-1"),
            (result.Start.Model, result.Start.Engine, result.Start.Transport, result.Start.RequestId));
        AttemptRecord attempt = Assert.Single(result.Start.Attempts);
        Assert.Equal(("r-1", "e0", "one", null), (attempt.Id, attempt.Engine, attempt.Transport, attempt.Failure));
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task Generate_backend_sees_served_name_attempt_id_budgets_and_resolved_defaults()
    {
        var backend = new FakeBackend();
        using var fixture = new RouterFixture(backend);

        await fixture.Router.CompleteAsync(RouterFixture.Request with
        {
            Deadlines = new DeadlineBudgets { Idle = TimeSpan.FromSeconds(7) },
        }, Token);

        InferenceRequest seen = Assert.Single(backend.Requests);
        Assert.Equal(("served-0", "r-1", 1d, 1d, 0), (seen.Model, seen.RequestId, seen.Sampling.Temperature,
            seen.Sampling.TopP, seen.Sampling.TopK));
        Assert.Equal(TimeSpan.FromSeconds(7), seen.Deadlines.Idle);
        Assert.Equal(TimeSpan.FromSeconds(2), seen.Deadlines.Connect);
    }

    [Fact]
    public async Task Generate_model_defaults_come_before_the_table()
    {
        var backend = new FakeBackend();
        backend.Descriptor = backend.Descriptor with
        {
            Models = [new ModelDescriptor("served-0") { Defaults =
                new SamplingOptions { Temperature = 0.6, TopK = 20 } }],
        };
        using var fixture = new RouterFixture(backend);

        await fixture.Router.CompleteAsync(
            RouterFixture.Request with { Sampling = new SamplingOptions { TopK = 5 } }, Token);

        SamplingOptions seen = Assert.Single(backend.Requests).Sampling;
        Assert.Equal((0.6, 5, 1d), (seen.Temperature, seen.TopK, seen.TopP));
    }

    [Fact]
    public async Task Generate_options_left_out_stay_absent_for_a_backend_that_knows_the_models_own()
    {
        var backend = new FakeBackend(features: FakeBackend.Everything);
        using var fixture = new RouterFixture(backend);

        await fixture.Router.CompleteAsync(RouterFixture.Request, Token);

        Assert.Equal(SamplingOptions.Unset, Assert.Single(backend.Requests).Sampling);
    }

    [Fact]
    public async Task Generate_unknown_model_names_the_known_ones()
    {
        using var fixture = new RouterFixture(new FakeBackend());

        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Router.CompleteAsync(RouterFixture.Request with { Model = "x" }, Token));

        Assert.Equal(BridgeFailure.UnknownModel, failure.Failure);
        Assert.Contains("'x'", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("one of: m.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_option_nobody_can_honour_is_refused_by_name()
    {
        var backend = new FakeBackend(features:
            FakeBackend.Everything & ~BackendFeatures.Grammar & ~BackendFeatures.MinP);
        using var fixture = new RouterFixture(backend);

        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() => fixture.Router.CompleteAsync(
            RouterFixture.Request with
            {
                StructuredOutput = StructuredOutput.Grammar("root ::= \"a\""),
                Sampling = new SamplingOptions { MinP = 0.1 },
            }, Token));

        Assert.Equal((BridgeFailure.UnsupportedOption, "min_p, grammar"), (failure.Failure, failure.Parameter));
        Assert.Empty(backend.Requests);
    }

    [Fact]
    public async Task Generate_backend_that_lacks_an_ability_is_passed_over()
    {
        var first = new FakeBackend(features: FakeBackend.Everything & ~BackendFeatures.Seed);
        var second = new FakeBackend();
        using var fixture = new RouterFixture(first, second);

        InferenceResult result = await fixture.Router.CompleteAsync(
            RouterFixture.Request with { Sampling = new SamplingOptions { Seed = 1 } }, Token);

        Assert.Equal("e1", result.Start.Engine);
        Assert.Empty(first.Requests);
    }

    [Fact]
    public async Task Generate_answer_without_an_end_is_a_lost_connection()
    {
        using var fixture = new RouterFixture(new FakeBackend((_, _) => WithoutEnd()));

        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Router.CompleteAsync(RouterFixture.Request, Token));

        Assert.Equal((BridgeFailure.ConnectionLost, true), (failure.Failure, failure.OutputCommitted));
    }

    [Fact]
    public async Task Generate_configured_adapter_is_loaded_before_it_is_used()
    {
        var backend = new FakeBackend();
        using var fixture = new RouterFixture(
            options => options.Adapters["m"] = new Dictionary<string, Core.Configuration.AdapterOptions>
            {
                ["german"] = new() { GgufPath = "a.gguf", Scale = 0.5f },
            },
            backend);

        await fixture.Router.CompleteAsync(RouterFixture.Request with { Adapter = "german" }, Token);

        AdapterSource source = Assert.Single(backend.Adapters);
        Assert.Equal(("served-0", "german", "a.gguf", 0.5f),
            (source.Model, source.Name, source.GgufPath, source.Scale));
    }

    [Fact]
    public async Task Embed_fails_over_and_names_the_engine()
    {
        var first = new FakeBackend { Embed = _ => throw Chunks.Failure(BridgeFailure.ConnectionFailed) };
        var second = new FakeBackend
        {
            Embed = request => new EmbeddingResult(request.Model, [new float[] { 1 }], new TokenUsage(2, null, null)),
        };
        using var fixture = new RouterFixture(first, second);

        EmbeddingResult result = await fixture.Router.EmbedAsync(
            new EmbeddingRequest { Model = "m", Inputs = [new TextPrompt("a")] }, Token);

        Assert.Equal(("m", "e1", "fake"), (result.Model, result.Engine, result.Transport));
    }

    [Fact]
    public async Task Tokenize_and_detokenize_reach_the_engine_under_its_own_model_name()
    {
        using var fixture = new RouterFixture(new FakeBackend());

        TokenizeResult tokens = await fixture.Router.TokenizeAsync(
            new TokenizeRequest { Model = "m", Prompt = new TextPrompt("a") }, Token);
        string text = await fixture.Router.DetokenizeAsync(
            new DetokenizeRequest { Model = "m", TokenIds = new[] { 1, 2 } }, Token);

        Assert.Equal([8], tokens.TokenIds.ToArray());
        Assert.Equal("served-0:2", text);
    }

    [Fact]
    public async Task Probe_is_healthy_when_one_engine_is_and_says_what_is_wrong_with_the_other()
    {
        var ill = new FakeBackend { Probe = _ => throw Chunks.Failure(BridgeFailure.ConnectionFailed) };
        using var fixture = new RouterFixture(ill, new FakeBackend());

        BackendHealth health = await fixture.Router.ProbeAsync(Token);

        Assert.True(health.IsHealthy);
        Assert.Contains($"{ill.Descriptor.Id}: the fake says ConnectionFailed", health.Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_of_a_silent_engine_ends_with_the_connect_budget()
    {
        var probing = new TaskCompletionSource();
        var silent = new FakeBackend
        {
            Probe = async token =>
            {
                probing.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return new BackendHealth(true, "");
            },
        };
        using var fixture = new RouterFixture(silent);

        Task<BackendHealth> probe = fixture.Router.ProbeAsync(Token);
        await probing.Task;
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        BackendHealth health = await probe;

        Assert.False(health.IsHealthy);
        Assert.Contains("no answer within 2 s", health.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_running_requests_of_one_id_are_told_apart_in_the_engine()
    {
        var backend = new FakeBackend((_, _) => Chunks.Of("a", "b"));
        using var fixture = new RouterFixture(backend);
        await using IAsyncEnumerator<InferenceChunk> first = fixture.Router
            .GenerateAsync(RouterFixture.Request, Token).GetAsyncEnumerator(Token);
        Assert.True(await first.MoveNextAsync());

        await fixture.Router.CompleteAsync(RouterFixture.Request, Token);

        Assert.Equal("r-1", backend.Requests.First().RequestId);
        Assert.Matches("^r\\.[0-9a-f]{32}-1$", backend.Requests.Last().RequestId!);
    }

    private static async IAsyncEnumerable<InferenceChunk> WithoutEnd()
    {
        await foreach (InferenceChunk chunk in Chunks.Of("a", "b"))
        {
            yield return chunk with { End = null };
        }
    }
}
