using System.Collections.Frozen;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Routing;
using ThemisBridge.Core.Tests.Doubles;

namespace ThemisBridge.Core.Tests.Routing;

/// <summary>Adapters on all engines of a model.</summary>
public class AdapterRolloutTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_reaches_every_engine_once_by_its_served_name_and_reports_those_that_failed()
    {
        var first = new FakeBackend();
        var second = new FakeBackend();
        var otherRung = new FakeBackend();
        var deaf = new Refusing();
        var rollout = new AdapterRollout(Table(("a", first), ("b", deaf), ("c", second), ("c", otherRung)));

        AdapterReport report = await rollout.LoadAsync(
            new AdapterSource { Model = "m", Name = "german", PeftPath = "/p" }, Token);

        Assert.Equal(["a", "b", "c"], report.Outcomes.Select(outcome => outcome.Engine));
        Assert.False(report.IsComplete);
        AdapterOutcome failed = Assert.Single(report.Failed);
        Assert.Equal(("b", BridgeFailure.UnsupportedOption), (failed.Engine, failed.Failure!.Failure));
        Assert.Equal("served-m", Assert.Single(first.Adapters).Model);
        Assert.Single(second.Adapters);
        Assert.Empty(otherRung.Adapters);
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

    private static RouteTable Table(params (string Engine, IInferenceBackend Backend)[] rungs)
    {
        BackendEntry[] entries =
            [.. rungs.Select(rung => new BackendEntry(rung.Engine, rung.Backend, TimeProvider.System))];
        var route = new Route("m", [.. entries.Select(entry => new Candidate(entry, "served-m"))]);
        return new RouteTable([route], entries, FrozenDictionary<(string, string), AdapterSource>.Empty);
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
