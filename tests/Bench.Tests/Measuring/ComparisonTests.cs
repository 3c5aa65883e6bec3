using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Tests.Measuring;

public sealed class ComparisonTests
{
    [Fact]
    public void Ratio_is_the_median_of_block_ratios_and_not_the_ratio_of_medians()
    {
        // The machine halves its speed between the blocks; each pair still shows 2.
        BlockSummary[] bare = [new(10, 20), new(20, 40), new(30, 60), new(40, 80)];
        BlockSummary[] ours = [new(20, 60), new(40, 120), new(60, 180), new(80, 240)];

        var comparison = Comparison.Of(ours, bare, new Random(1));

        Assert.Equal(2, comparison.Ratio);
        Assert.Equal(new Interval(2, 2), comparison.Interval);
        Assert.Equal(3, comparison.P99Ratio);
    }

    [Fact]
    public void One_disturbed_block_does_not_move_the_ratio()
    {
        BlockSummary[] bare = [new(10, 20), new(10, 20), new(10, 20), new(10, 20), new(10, 20)];
        BlockSummary[] ours = [new(11, 20), new(11, 20), new(500, 900), new(11, 20), new(11, 20)];

        Assert.Equal(1.1, Comparison.Of(ours, bare, new Random(1)).Ratio, precision: 9);
    }
}
