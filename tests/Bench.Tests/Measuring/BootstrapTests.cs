using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Tests.Measuring;

public sealed class BootstrapTests
{
    [Fact]
    public void Interval_of_equal_values_is_that_value()
    {
        Assert.Equal(new Interval(2, 2), Bootstrap.OfMedian([2, 2, 2, 2, 2], new Random(1)));
    }

    [Fact]
    public void Interval_with_the_same_seed_is_the_same()
    {
        double[] values = [1, 2, 3, 5, 8, 13, 21];

        Assert.Equal(Bootstrap.OfMedian(values, new Random(7)), Bootstrap.OfMedian(values, new Random(7)));
    }

    /// <summary>
    /// For 20 values the median's exact 95 % interval is the 6th to the 15th of them (binomial, 95.9 %).
    /// </summary>
    [Fact]
    public void Interval_of_twenty_values_is_near_the_exact_one()
    {
        double[] values = [.. Enumerable.Range(1, 20).Select(value => (double)value)];

        var interval = Bootstrap.OfMedian(values, new Random(3));

        Assert.InRange(interval.Low, 5.5, 7);
        Assert.InRange(interval.High, 14, 15.5);
    }

    [Fact]
    public void Interval_covers_the_true_median_about_as_often_as_it_says()
    {
        const int Trials = 300;
        var random = new Random(11);
        var covered = 0;
        for (var trial = 0; trial < Trials; trial++)
        {
            // Uniform around a true median of 10.
            double[] values = [.. Enumerable.Range(0, 20).Select(_ => 9 + 2 * random.NextDouble())];
            var interval = Bootstrap.OfMedian(values, random);
            if (interval.Low <= 10 && 10 <= interval.High)
                covered++;
        }

        Assert.InRange((double)covered / Trials, 0.90, 0.99);
    }
}
