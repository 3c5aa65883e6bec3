using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Placing;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>What a scenario is.</summary>
/// <param name="Id">Short and unique: <c>S1</c>, <c>base-futex</c>.</param>
/// <param name="Name">One line for a reader.</param>
/// <param name="Unit">The unit of every sample: <c>µs</c>, <c>GB/s</c>, <c>B/token</c>.</param>
internal sealed record ScenarioInfo(string Id, string Name, string Unit)
{
    /// <summary>Which way is better.</summary>
    public Better Better { get; init; } = Better.Lower;

    /// <summary>Where it makes sense: a spinning pair on one core does not.</summary>
    public IReadOnlyList<Placement> Placements { get; init; } = [Placement.Packed, Placement.Spread, Placement.Free];

    /// <summary>Whether a quick run leaves it out, unless it is asked for by its id.</summary>
    public bool IsFullOnly { get; init; }

    /// <summary>What it should reach; null for what is only reported.</summary>
    public Target? Target { get; init; }
}
