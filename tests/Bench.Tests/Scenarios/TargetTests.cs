using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Tests.Scenarios;

public sealed class TargetTests
{
    [Theory]
    [InlineData(1.2, 1.2, true)]
    [InlineData(1.2, 1.4, false)]
    public void Upper_limit_is_judged_by_the_intervals_upper_end(double most, double last, bool expected)
    {
        Assert.Equal(expected, Target.RatioAtMost(1.3).IsMetBy(0, Ratios(most, most, last)));
    }

    [Theory]
    [InlineData(0.9, 0.9, true)]
    [InlineData(0.9, 0.7, false)]
    public void Lower_limit_is_judged_by_the_intervals_lower_end(double most, double last, bool expected)
    {
        Assert.Equal(expected, Target.RatioAtLeast(0.8).IsMetBy(0, Ratios(most, most, last)));
    }

    [Fact]
    public void Upper_limit_also_wants_a_tail_like_the_baselines()
    {
        BlockSummary[] bare = [new(10, 20), new(10, 20)];

        Assert.True(Target.RatioAtMost(1.3).IsMetBy(0, Comparison.Of([new(10, 30), new(10, 30)], bare, new(1))));
        Assert.False(Target.RatioAtMost(1.3).IsMetBy(0, Comparison.Of([new(10, 31), new(10, 31)], bare, new(1))));
        Assert.True(Target.RatioAtMost(1.6).IsMetBy(0, Comparison.Of([new(10, 31), new(10, 31)], bare, new(1))));
    }

    [Fact]
    public void Ratio_without_a_baseline_is_not_met()
    {
        Assert.False(Target.RatioAtMost(1.3).IsMetBy(1, null));
        Assert.False(Target.RatioAtLeast(0.8).IsMetBy(1, null));
    }

    [Theory]
    [InlineData(12.0, true)]
    [InlineData(12.1, false)]
    public void Value_limit_needs_no_baseline(double value, bool expected)
    {
        Assert.Equal(expected, Target.ValueAtMost(12, "B/token").IsMetBy(value, null));
    }

    private static Comparison Ratios(params double[] ratios) => Comparison.Of(
        [.. ratios.Select(ratio => new BlockSummary(ratio, 1))],
        [.. ratios.Select(_ => new BlockSummary(1, 1))],
        new Random(1));
}
