using ThemisBridge.Bench.Placing;

namespace ThemisBridge.Bench.Tests.Placing;

public sealed class CpuPairTests
{
    [Fact]
    public void Far_core_is_another_physical_core_where_there_is_one()
    {
        // Threads 0 and 1 share a core, 2 and 3 another one.
        var pair = CpuPair.Choose([0, 1, 2, 3], cpu => cpu < 2 ? [0, 1] : [2, 3]);

        Assert.Equal(new CpuPair(0, 2, FarIsSibling: false), pair);
    }

    [Fact]
    public void Far_core_is_a_sibling_where_there_is_nothing_else_and_that_is_said()
    {
        Assert.Equal(new CpuPair(4, 5, FarIsSibling: true), CpuPair.Choose([4, 5], _ => [4, 5]));
    }

    [Fact]
    public void One_allowed_core_has_no_far_one()
    {
        Assert.Equal(new CpuPair(3, null, FarIsSibling: false), CpuPair.Choose([3], _ => [3]));
    }

    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("0-3,8\n", new[] { 0, 1, 2, 3, 8 })]
    [InlineData("", new int[0])]
    public void Kernel_list_is_read(string text, int[] expected)
    {
        Assert.Equal(expected, CpuList.Parse(text));
    }
}
