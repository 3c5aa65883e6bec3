using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Tests.Measuring;

public sealed class BlockOrderTests
{
    [Fact]
    public void Two_roles_alternate_as_ABBA()
    {
        Assert.Equal(
            [ProbeRole.Baseline, ProbeRole.Ours, ProbeRole.Ours, ProbeRole.Baseline],
            BlockOrder.Cycle([ProbeRole.Ours, ProbeRole.Baseline]));
    }

    [Fact]
    public void Three_roles_go_forth_and_back()
    {
        Assert.Equal(
            [
                ProbeRole.Baseline, ProbeRole.Twin, ProbeRole.Ours,
                ProbeRole.Ours, ProbeRole.Twin, ProbeRole.Baseline,
            ],
            BlockOrder.Cycle([ProbeRole.Baseline, ProbeRole.Twin, ProbeRole.Ours]));
    }
}
