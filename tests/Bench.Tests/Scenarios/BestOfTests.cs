using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Tests.Scenarios;

public sealed class BestOfTests
{
    [Fact]
    public async Task Block_is_that_of_the_cheapest_candidate()
    {
        var clock = new FakeTimeProvider();
        var setting = new BenchSetting("", new PeerHost("", []), "", "", clock);
        await using var scope = new ProbeScope(setting);
        var best = new BestOf(
            "best", new KnownCost(clock, TimeSpan.FromMicroseconds(5)),
            new KnownCost(clock, TimeSpan.FromMicroseconds(3)), new KnownCost(clock, TimeSpan.FromMicroseconds(4)));
        await using var probe = await best.OpenAsync(scope, TestContext.Current.CancellationToken);
        var samples = new double[20];

        await probe.RunBlockAsync(samples, TestContext.Current.CancellationToken);

        Assert.All(samples, sample => Assert.Equal(3, sample, tolerance: 0.001));
        Assert.Contains("known cost", Assert.Single(probe.Notes), StringComparison.Ordinal);
    }
}
