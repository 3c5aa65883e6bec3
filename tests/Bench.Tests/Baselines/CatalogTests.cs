using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Reporting;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Tests.Baselines;

/// <summary>Runs everything that the program can measure, with its real peers, for a few operations.</summary>
[Collection(MachineTests.Name)]
public sealed class CatalogTests
{
    private static readonly BlockPlan Plan = new()
    {
        Cycles = BlockPlan.LeastCycles,
        Ops = BlockPlan.LeastOps,
        WarmUpOps = 1,
        MaxExtension = 1,
        BlockDeadline = TimeSpan.FromSeconds(30),
        Total = TimeSpan.FromMinutes(1),
    };

    public static TheoryData<string> Ids => [.. ScenarioCatalog.All.Select(scenario => scenario.Info.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Scenario_runs_with_its_peer_and_leaves_no_file(string id)
    {
        using var directory = new ScratchDirectory();
        var setting = new BenchSetting(
            directory.Path, PeerHost.Current(), new BenchOptions().PythonPath,
            new BenchOptions().SidecarFolder, TimeProvider.System);
        var cpus = CpuPair.Choose(Affinity.Get(), CpuPair.SiblingsOf);
        var scenario = ScenarioCatalog.All.Single(scenario => scenario.Info.Id == id);

        var result = await new RowRunner(setting, Plan, cpus, seed: 1, new NoSink()).RunAsync(
            scenario, scenario.Info.Placements[^1], TimeSpan.FromMinutes(1), _ => { },
            TestContext.Current.CancellationToken);

        // Two thousandths of a second on a busy machine may well be void; the numbers must be there all the same.
        Assert.SkipWhen(id == "U3" && result.Status == BenchResult.Skipped, $"system calls: {result.Notes}");
        Assert.True(result.Status is BenchResult.Ok or BenchResult.Void, $"{result.Status}: {result.Notes}");
        // What is counted may well be nothing, and has no baseline.
        Assert.True(scenario.Baseline is null ? result.Value >= 0 : result.Value > 0);
        Assert.True(scenario.Baseline is null ? result.P99 >= 0 : result.P99 > 0);
        Assert.True(scenario.Baseline is null || result.SelfRatio > 0);
        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void Ids_are_unique()
    {
        var ids = ScenarioCatalog.All.Select(scenario => scenario.Info.Id).ToList();

        Assert.Equal(ids.Count, ids.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }
}
