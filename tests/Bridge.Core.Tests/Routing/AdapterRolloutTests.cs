using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Routing;
using ThemisBridge.Core.Tests.Doubles;

namespace ThemisBridge.Core.Tests.Routing;

/// <summary>Adapters on all engines of a model.</summary>
public class AdapterRolloutTests
{
    private static AdapterSource German { get; } = new() { Model = "m", Name = "german", PeftPath = "/p" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_reaches_every_rung_of_every_engine_by_its_served_name_and_reports_engines_that_failed()
    {
        var first = new FakeBackend();
        var second = new FakeBackend();
        var otherRung = new FakeBackend();
        var deaf = new Refusing();
        var rollout = new AdapterRollout(Table(("a", first), ("b", deaf), ("c", second), ("c", otherRung)));

        AdapterReport report = await rollout.LoadAsync(German, Token);

        Assert.Equal(["a", "b", "c"], report.Outcomes.Select(outcome => outcome.Engine));
        Assert.False(report.IsComplete);
        AdapterOutcome failed = Assert.Single(report.Failed);
        Assert.Equal(("b", BridgeFailure.UnsupportedOption), (failed.Engine, failed.Failure!.Failure));
        Assert.Equal("served-m", Assert.Single(first.Adapters).Model);
        Assert.Single(second.Adapters);
        Assert.Single(otherRung.Adapters);
    }

    [Fact]
    public async Task Load_needs_one_rung_of_an_engine_and_tells_of_the_first_where_all_failed()
    {
        FakeBackend gone = Failing(BridgeFailure.ConnectionFailed);
        var there = new FakeBackend();
        var rollout = new AdapterRollout(Table(
            ("a", gone), ("a", there), ("b", gone), ("b", Failing(BridgeFailure.UnknownAdapter))));

        AdapterReport report = await rollout.LoadAsync(German, Token);

        Assert.Single(there.Adapters);
        AdapterOutcome failed = Assert.Single(report.Failed);
        Assert.Equal(("b", BridgeFailure.ConnectionFailed), (failed.Engine, failed.Failure!.Failure));
    }

    [Fact]
    public async Task Unload_that_failed_on_one_rung_is_done_only_where_another_had_the_adapter()
    {
        FakeBackend gone = Failing(BridgeFailure.ConnectionFailed);
        var had = new FakeBackend { Adapters = { German with { Model = "served-m" } } };
        var rollout = new AdapterRollout(Table(("a", gone), ("a", had), ("b", gone), ("b", new FakeBackend())));

        AdapterReport report = await rollout.UnloadAsync("m", "german", Token);

        Assert.Empty(had.Adapters);
        Assert.Equal("b", Assert.Single(report.Failed).Engine);
    }

    [Fact]
    public async Task Rolled_out_version_takes_the_configured_ones_place()
    {
        var backend = new FakeBackend();
        using RouterFixture fixture = Configured(backend);
        var rollout = new AdapterRollout(fixture.Table);

        Assert.True((await rollout.LoadAsync(German with { PeftPath = "/new" }, Token)).IsComplete);
        await AskAsync(fixture);

        Assert.Equal(["/new", "/new"], backend.Adapters.Select(source => source.PeftPath));
    }

    [Fact]
    public async Task Version_that_no_engine_could_load_leaves_the_configured_one()
    {
        FakeBackend backend = Failing(BridgeFailure.UnknownAdapter);
        using RouterFixture fixture = Configured(backend);

        Assert.False((await new AdapterRollout(fixture.Table)
            .LoadAsync(German with { PeftPath = "/nowhere" }, Token)).IsComplete);
        backend.AdapterFailure = null;
        await AskAsync(fixture);

        Assert.Equal("/p", Assert.Single(backend.Adapters).PeftPath);
    }

    [Fact]
    public async Task Configured_adapter_that_was_unloaded_everywhere_is_not_loaded_by_the_next_request()
    {
        var backend = new FakeBackend();
        using RouterFixture fixture = Configured(backend);
        await AskAsync(fixture);

        Assert.True((await new AdapterRollout(fixture.Table).UnloadAsync("m", "german", Token)).IsComplete);
        await AskAsync(fixture);

        Assert.Empty(backend.Adapters);
        Assert.Equal("german", backend.Requests.Last().Adapter);
    }

    [Fact]
    public async Task Adapter_that_is_not_configured_is_loaded_by_requests_once_it_is_rolled_out()
    {
        FakeBackend late = Failing(BridgeFailure.ConnectionFailed);
        using var fixture = new RouterFixture(late, new FakeBackend());

        AdapterReport report = await new AdapterRollout(fixture.Table).LoadAsync(German, Token);
        late.AdapterFailure = null;
        await AskAsync(fixture);

        Assert.Equal("e0", Assert.Single(report.Failed).Engine);
        Assert.Equal("served-0", Assert.Single(late.Adapters).Model);
    }

    [Fact]
    public async Task Unload_of_an_adapter_that_an_engine_does_not_have_is_success()
    {
        var rollout = new AdapterRollout(Table(("a", new FakeBackend())));

        Assert.True((await rollout.UnloadAsync("m", "german", Token)).IsComplete);
    }

    [Fact]
    public async Task Model_without_a_route_is_unknown()
    {
        var rollout = new AdapterRollout(Table(("a", new FakeBackend())));

        BridgeException failed = await Assert.ThrowsAsync<BridgeException>(() => rollout.UnloadAsync("x", "y", Token));

        Assert.Equal(BridgeFailure.UnknownModel, failed.Failure);
    }

    private static FakeBackend Failing(BridgeFailure failure) => new() { AdapterFailure = Chunks.Failure(failure) };

    private static RouterFixture Configured(FakeBackend backend) => new(
        options => options.Adapters["m"] = new Dictionary<string, AdapterOptions>
        {
            ["german"] = new() { PeftPath = "/p" },
        },
        backend);

    private static Task<InferenceResult> AskAsync(RouterFixture fixture) =>
        fixture.Router.CompleteAsync(RouterFixture.Request with { Adapter = "german" }, Token);

    private static RouteTable Table(params (string Engine, IInferenceBackend Backend)[] rungs)
    {
        BackendEntry[] entries =
            [.. rungs.Select(rung => new BackendEntry(rung.Engine, rung.Backend, TimeProvider.System))];
        var route = new Route("m", [.. entries.Select(entry => new Candidate(entry, "served-m"))]);
        return new RouteTable([route], entries, []);
    }

    // A backend that hosts no adapters.
    private sealed class Refusing : IInferenceBackend
    {
        private readonly FakeBackend _inner = new();

        public BackendDescriptor Descriptor => _inner.Descriptor;

        public IAsyncEnumerable<InferenceChunk> GenerateAsync(
            InferenceRequest request, CancellationToken cancellationToken = default) =>
            _inner.GenerateAsync(request, cancellationToken);

        public Task<EmbeddingResult> EmbedAsync(
            EmbeddingRequest request, CancellationToken cancellationToken = default) =>
            _inner.EmbedAsync(request, cancellationToken);

        public Task<TokenizeResult> TokenizeAsync(
            TokenizeRequest request, CancellationToken cancellationToken = default) =>
            _inner.TokenizeAsync(request, cancellationToken);

        public Task<string> DetokenizeAsync(
            DetokenizeRequest request, CancellationToken cancellationToken = default) =>
            _inner.DetokenizeAsync(request, cancellationToken);

        public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) =>
            _inner.ProbeAsync(cancellationToken);
    }
}
