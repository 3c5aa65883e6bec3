using System.Globalization;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Reporting;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>Makes a row's result from what its blocks showed.</summary>
/// <param name="scenario">The row's scenario.</param>
/// <param name="placement">The row's placement.</param>
/// <param name="seed">For the bootstrap.</param>
internal sealed class ResultBuilder(IScenario scenario, Placement placement, int seed)
{
    /// <summary>A row that was not measured.</summary>
    /// <param name="status"><see cref="BenchResult.Failed"/> or <see cref="BenchResult.Skipped"/>.</param>
    /// <param name="reason">Why.</param>
    public BenchResult Unmeasured(string status, string reason) => Bare(status) with { Notes = reason };

    /// <summary>A row that was measured.</summary>
    /// <param name="outcome">Its blocks.</param>
    /// <param name="checks">What must hold beside the target.</param>
    /// <param name="notes">What the probes have to say.</param>
    public BenchResult Measured(
        PairedOutcome outcome, IReadOnlyList<ScenarioCheck> checks, IReadOnlyList<string> notes)
    {
        var random = new Random(seed);
        var bare = outcome.Blocks.GetValueOrDefault(ProbeRole.Baseline);
        var ours = outcome.Blocks.GetValueOrDefault(ProbeRole.Ours);
        var comparison = ours is not null && bare is not null ? Comparison.Of(ours, bare, random) : null;
        var own = ours ?? bare ?? throw new InvalidOperationException($"{scenario.Info.Id} measures nothing.");
        var value = MedianOf(own, block => block.P50);

        List<string> all = [.. outcome.Notes, .. checks.Select(check => check.Note), .. notes];
        if (!outcome.IsSound)
            all.Insert(0, VoidReason(outcome.SelfRatio!.Value));
        return Bare(outcome.IsSound ? BenchResult.Ok : BenchResult.Void) with
        {
            Value = Finite(value),
            BaselineValue = ours is not null && bare is not null ? Finite(MedianOf(bare, block => block.P50)) : null,
            Ratio = Finite(comparison?.Ratio),
            Ci95 = comparison is null ? null : FiniteInterval(comparison.Interval),
            P99 = Finite(MedianOf(own, block => block.P99)),
            BaselineP99 = ours is not null && bare is not null ? Finite(MedianOf(bare, block => block.P99)) : null,
            P99Ratio = Finite(comparison?.P99Ratio),
            SelfRatio = Finite(outcome.SelfRatio),
            Met = outcome.IsSound && ours is not null && scenario.Info.Target is { } target
                ? target.IsMetBy(value, comparison) && checks.All(check => check.Passed)
                : null,
            Blocks = own.Count,
            OpsPerBlock = outcome.OpsPerBlock,
            Notes = all.Count == 0 ? null : string.Join("; ", all),
        };
    }

    private BenchResult Bare(string status) => new()
    {
        Id = scenario.Info.Id,
        Name = scenario.Info.Name,
        Status = status,
        Unit = scenario.Info.Unit,
        Baseline = scenario.Ours is null ? null : scenario.Baseline?.Name,
        Placement = Words.Of(placement),
        Target = scenario.Info.Target?.Text,
    };

    private static string VoidReason(double selfRatio) => string.Create(
        CultureInfo.InvariantCulture, $"the baseline against itself gives {selfRatio:0.000}, not 1.00 ± 0.05");

    private static double MedianOf(IReadOnlyList<BlockSummary> blocks, Func<BlockSummary, double> field) =>
        Quantile.Median([.. blocks.Select(field)]);

    /// <summary>Five significant digits, which is more than any clock here is worth; JSON has no infinity.</summary>
    private static double? Finite(double? value) => value is { } number && double.IsFinite(number)
        ? double.Parse(number.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : null;

    private static IReadOnlyList<double>? FiniteInterval(Interval interval) =>
        Finite(interval.Low) is { } low && Finite(interval.High) is { } high ? [low, high] : null;
}
