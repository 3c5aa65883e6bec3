using ThemisBridge.Bench.Machine;

namespace ThemisBridge.Bench.Reporting;

/// <summary>A run's report. docs/bench-schema.json documents every field.</summary>
internal sealed record BenchReport
{
    /// <summary>The schema's version; a field more does not change it, another meaning does.</summary>
    public int Schema { get; init; } = 1;

    public required string Version { get; init; }
    public required string Mode { get; init; }
    public required int Seed { get; init; }
    public required DateTimeOffset Started { get; init; }
    public required double Seconds { get; init; }
    public required bool Partial { get; init; }
    public required MachineRecord Machine { get; init; }
    public required IReadOnlyList<BenchResult> Results { get; init; }

    /// <summary>Whether any baseline differed from itself.</summary>
    public bool Void => VoidReasons.Count > 0;

    /// <summary>Which, where and by how much.</summary>
    public IReadOnlyList<string> VoidReasons =>
        [.. Results.Where(result => result.Status == BenchResult.Void)
            .Select(result => $"{result.Id} ({result.Placement}): {result.Notes}")];
}
