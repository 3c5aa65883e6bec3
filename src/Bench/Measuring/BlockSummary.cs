namespace ThemisBridge.Bench.Measuring;

/// <summary>What is kept of one block in memory; its samples are in the samples file.</summary>
/// <param name="P50">The median.</param>
/// <param name="P99">The bad end: 99 % of a cost, 1 % of a rate.</param>
internal readonly record struct BlockSummary(double P50, double P99)
{
    /// <summary>Summarises a block, and sorts it.</summary>
    public static BlockSummary Of(Span<double> samples, Better better)
    {
        samples.Sort();
        return new BlockSummary(
            Quantile.OfSorted(samples, 0.5), Quantile.OfSorted(samples, better == Better.Lower ? 0.99 : 0.01));
    }
}
