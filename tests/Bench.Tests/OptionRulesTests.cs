using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Bench.Tests;

public sealed class OptionRulesTests
{
    public static TheoryData<string, BenchOptions> Wrong => new()
    {
        { "blocks", new BenchOptions { Blocks = 2 } },
        { "blocks", new BenchOptions { Blocks = 9 } },
        { "blocks", new BenchOptions { Blocks = 1_002 } },
        { "ops", new BenchOptions { OpsPerBlock = 19 } },
        { "ops", new BenchOptions { OpsPerBlock = 1_000_001 } },
        { "only", new BenchOptions { Only = ["base-futex", "nothing"] } },
        { "placement", new BenchOptions { Placements = [Placement.Single] } },
        { "placement", new BenchOptions { Placements = [(Placement)9] } },
        { "json", new BenchOptions { JsonPath = "no-such-folder/report.json" } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Wrong_option_is_refused_by_name(string option, BenchOptions options)
    {
        var failure = Assert.Throws<BridgeException>(() => OptionRules.Check(options, ScenarioCatalog.All));

        Assert.Equal(BridgeFailure.InvalidRequest, failure.Failure);
        Assert.Equal(option, failure.Parameter);
    }

    [Fact]
    public void Right_options_are_taken()
    {
        OptionRules.Check(
            new BenchOptions
            {
                Blocks = 4,
                OpsPerBlock = 20,
                Only = ["BASE-FUTEX"],
                Placements = [Placement.Packed, Placement.Free],
                JsonPath = "report.json",
            },
            ScenarioCatalog.All);
    }
}
