namespace ThemisBridge.Bench.Measuring;

/// <summary>Two roles' blocks, side by side.</summary>
internal sealed record Comparison
{
    private Comparison(double ratio, Interval interval, double p99Ratio)
    {
        Ratio = ratio;
        Interval = interval;
        P99Ratio = p99Ratio;
    }

    /// <summary>
    /// The median over blocks of p50 divided by the p50 of the baseline's block of the same half cycle.
    /// </summary>
    public double Ratio { get; }

    /// <summary>The bootstrap interval of <see cref="Ratio"/>, 95 %.</summary>
    public Interval Interval { get; }

    /// <summary>The same for p99.</summary>
    public double P99Ratio { get; }

    /// <summary>Compares block by block.</summary>
    /// <param name="blocks">The numerator, in the order measured.</param>
    /// <param name="baseline">The denominator, as many blocks.</param>
    /// <param name="random">For the bootstrap.</param>
    public static Comparison Of(
        IReadOnlyList<BlockSummary> blocks, IReadOnlyList<BlockSummary> baseline, Random random)
    {
        double[] ratios = [.. blocks.Zip(baseline, (block, bare) => block.P50 / bare.P50)];
        double[] tails = [.. blocks.Zip(baseline, (block, bare) => block.P99 / bare.P99)];
        return new Comparison(
            Quantile.Median(ratios), Bootstrap.OfMedian(ratios, random), Quantile.Median(tails));
    }
}
