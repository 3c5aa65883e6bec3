using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Tests.Measuring;

public sealed class QuantileTests
{
    [Theory]
    [InlineData(0, 10)]
    [InlineData(0.5, 25)]
    [InlineData(0.75, 32.5)]
    [InlineData(1, 40)]
    public void Quantile_lies_between_neighbours(double q, double expected)
    {
        Assert.Equal(expected, Quantile.OfSorted([10, 20, 30, 40], q), precision: 9);
    }

    [Fact]
    public void Median_of_unsorted_values_leaves_them_as_they_are()
    {
        double[] values = [9, 1, 5];

        Assert.Equal(5, Quantile.Median(values));
        Assert.Equal([9, 1, 5], values);
    }

    [Fact]
    public void Quantile_of_one_value_is_that_value()
    {
        Assert.Equal(7, Quantile.OfSorted([7], 0.99));
    }

    [Theory]
    [InlineData(true, 99.01)]
    [InlineData(false, 1.99)]
    public void Block_summary_takes_the_bad_end(bool isCost, double expected)
    {
        double[] samples = [.. Enumerable.Range(1, 100).Select(value => (double)value).Reverse()];

        var summary = BlockSummary.Of(samples, isCost ? Better.Lower : Better.Higher);

        Assert.Equal(50.5, summary.P50, precision: 9);
        Assert.Equal(expected, summary.P99, precision: 9);
    }
}
