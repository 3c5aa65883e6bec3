namespace ThemisBridge.Bench.Measuring;

/// <summary>Quantiles with linear interpolation between neighbours.</summary>
internal static class Quantile
{
    /// <summary>A quantile of sorted values.</summary>
    /// <param name="sorted">Ascending; not empty.</param>
    /// <param name="q">0 to 1.</param>
    public static double OfSorted(ReadOnlySpan<double> sorted, double q)
    {
        var position = q * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }

    /// <summary>The median of values in any order, which are left as they are.</summary>
    /// <param name="values">Not empty.</param>
    public static double Median(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        return OfSorted(sorted, 0.5);
    }
}
