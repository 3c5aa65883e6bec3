using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Tests;

/// <summary>A scenario of one process with everything settable.</summary>
internal sealed class TestScenario(string id) : IScenario
{
    public ScenarioInfo Info => new(id, $"{id} in words", "µs") { Placements = [Placement.Single], Target = Target };

    public Target? Target { get; init; }

    public ISubject? Baseline { get; init; }

    public ISubject? Ours { get; init; }

    public IReadOnlyList<ScenarioCheck> Checks { get; init; } = [];

    public Task<IReadOnlyList<ScenarioCheck>> CheckAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(Checks);
}
