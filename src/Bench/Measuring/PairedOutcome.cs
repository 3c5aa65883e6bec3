namespace ThemisBridge.Bench.Measuring;

/// <summary>What the blocks of one row showed.</summary>
/// <param name="Blocks">Each role's blocks, in the order measured; every role has as many.</param>
/// <param name="OpsPerBlock">Operations in each block.</param>
/// <param name="SelfRatio">The twin's median ratio to the baseline; null where there is no baseline.</param>
/// <param name="Notes">Where the run differs from its plan.</param>
internal sealed record PairedOutcome(
    IReadOnlyDictionary<ProbeRole, IReadOnlyList<BlockSummary>> Blocks,
    int OpsPerBlock,
    double? SelfRatio,
    IReadOnlyList<string> Notes)
{
    /// <summary>How far a baseline may differ from itself.</summary>
    private const double SelfTolerance = 0.05;

    /// <summary>Whether the baseline cost the same twice, so that a ratio to it means something.</summary>
    public bool IsSound => AgreesWithItself(SelfRatio);

    /// <summary>Whether a self ratio is close enough to 1; no baseline agrees always.</summary>
    public static bool AgreesWithItself(double? selfRatio) =>
        selfRatio is null || Math.Abs(selfRatio.Value - 1) <= SelfTolerance;
}
