namespace ThemisBridge.Bench.Reporting;

/// <summary>One line of the report. docs/bench-schema.json documents every field.</summary>
internal sealed record BenchResult
{
    /// <summary>Measured, and the baseline agreed with itself.</summary>
    public const string Ok = "ok";

    /// <summary>Measured, but the baseline differed from itself: the numbers say nothing.</summary>
    public const string Void = "void";

    /// <summary>Not measured: a process died, a deadline passed; the notes say which.</summary>
    public const string Failed = "failed";

    /// <summary>Not measurable on this machine; the notes say why.</summary>
    public const string Skipped = "skipped";

    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Status { get; init; }
    public double? Value { get; init; }
    public required string Unit { get; init; }
    public string? Baseline { get; init; }
    public double? BaselineValue { get; init; }
    public double? Ratio { get; init; }
    public IReadOnlyList<double>? Ci95 { get; init; }
    public double? P99 { get; init; }
    public double? BaselineP99 { get; init; }
    public double? P99Ratio { get; init; }
    public double? SelfRatio { get; init; }
    public required string Placement { get; init; }
    public string? Target { get; init; }
    public bool? Met { get; init; }
    public int? Blocks { get; init; }
    public int? OpsPerBlock { get; init; }
    public string? Notes { get; init; }
}
