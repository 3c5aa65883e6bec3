using System.Globalization;
using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>What a scenario should reach.</summary>
internal sealed record Target
{
    /// <summary>How far a tail may lie above the baseline's.</summary>
    private const double MaxP99Ratio = 1.5;

    private readonly TargetKind _kind;
    private readonly double _limit;

    private Target(TargetKind kind, double limit, string text)
    {
        _kind = kind;
        _limit = limit;
        Text = text;
    }

    /// <summary>The target in words, for the report.</summary>
    public string Text { get; }

    /// <summary>
    /// Cost over the baseline's cost. Its p99 must also stay within 1.5 times the baseline's, or within the limit where
    /// that is higher.
    /// </summary>
    public static Target RatioAtMost(double limit) =>
        new(TargetKind.RatioAtMost, limit, string.Create(CultureInfo.InvariantCulture, $"ratio ≤ {limit:0.###}"));

    /// <summary>Rate over the baseline's rate.</summary>
    public static Target RatioAtLeast(double limit) =>
        new(TargetKind.RatioAtLeast, limit, string.Create(CultureInfo.InvariantCulture, $"ratio ≥ {limit:0.###}"));

    /// <summary>A value that needs no baseline, in the scenario's unit.</summary>
    public static Target ValueAtMost(double limit, string unit) =>
        new(TargetKind.ValueAtMost, limit, string.Create(CultureInfo.InvariantCulture, $"≤ {limit:0.###} {unit}"));

    /// <summary>Whether it is reached: judged by the interval's bad end, not by its middle.</summary>
    /// <param name="value">The value.</param>
    /// <param name="comparison">The comparison with the baseline; null where there is none.</param>
    public bool IsMetBy(double value, Comparison? comparison) => _kind switch
    {
        TargetKind.ValueAtMost => value <= _limit,
        TargetKind.RatioAtMost => comparison?.Interval.High <= _limit
            && comparison.P99Ratio <= Math.Max(MaxP99Ratio, _limit),
        _ => comparison?.Interval.Low >= _limit,
    };
}
