namespace ThemisBridge.Bench.Measuring;

/// <summary>The percentile bootstrap: how far a median may lie from what few blocks show.</summary>
internal static class Bootstrap
{
    /// <summary>Enough that the interval's ends move less than the timer's noise from seed to seed.</summary>
    private const int Resamples = 4_000;

    /// <summary>The 95 % interval of the median.</summary>
    /// <param name="values">Independent values; not empty.</param>
    /// <param name="random">The source of the resampling; the same seed gives the same interval.</param>
    public static Interval OfMedian(IReadOnlyList<double> values, Random random)
    {
        var medians = new double[Resamples];
        var resample = new double[values.Count];
        for (var i = 0; i < Resamples; i++)
        {
            for (var j = 0; j < resample.Length; j++)
                resample[j] = values[random.Next(values.Count)];
            Array.Sort(resample);
            medians[i] = Quantile.OfSorted(resample, 0.5);
        }
        Array.Sort(medians);
        return new Interval(Quantile.OfSorted(medians, 0.025), Quantile.OfSorted(medians, 0.975));
    }
}
