using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Reporting;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Tests.Peers;

[Collection(MachineTests.Name)]
public sealed class PeerFailureTests : IDisposable
{
    private static readonly BlockPlan Plan = BlockPlan.Quick with { BlockDeadline = TimeSpan.FromSeconds(4) };

    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Peer_that_dies_is_a_failed_row_with_its_last_words_and_leaves_nothing()
    {
        var result = await RunAsync(PeerScenarios.Crashing);

        Assert.Equal(BenchResult.Failed, result.Status);
        Assert.Null(result.Value);
        Assert.Null(result.Met);
        Assert.Contains("the peer exited with code 134", result.Notes, StringComparison.Ordinal);
        Assert.Contains("made to die", result.Notes, StringComparison.Ordinal);
        Assert.Empty(ProcessTable.Naming(_directory.Path));
    }

    [Fact]
    public async Task Peer_that_falls_silent_is_a_failed_row_and_no_hang()
    {
        var result = await RunAsync(PeerScenarios.Silent);

        Assert.Equal(BenchResult.Failed, result.Status);
        Assert.Contains("longer than 4 s", result.Notes, StringComparison.Ordinal);
        Assert.Empty(ProcessTable.Naming(_directory.Path));
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task Peer_that_cannot_serve_says_why()
    {
        var result = await RunAsync(PeerScenarios.Refusing);

        Assert.Equal(BenchResult.Failed, result.Status);
        Assert.Contains("made not to serve", result.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_that_does_not_exist_is_a_failed_row()
    {
        var result = await RunAsync(PeerScenarios.Silent, new PeerHost(_directory.File("nothing"), []));

        Assert.Equal(BenchResult.Failed, result.Status);
    }

    [Fact]
    public async Task Peer_with_wrong_arguments_ends_at_once()
    {
        using var input = new MemoryStream();
        using var output = new MemoryStream();

        Assert.Equal(2, await BenchPeer.RunAsync([], input, output, TestContext.Current.CancellationToken));
        Assert.Equal(
            2,
            await BenchPeer.RunAsync(
                [_directory.File("nothing")], input, output, TestContext.Current.CancellationToken));
    }

    private Task<BenchResult> RunAsync(IScenario scenario, PeerHost? host = null)
    {
        var setting = new BenchSetting(
            _directory.Path, host ?? PeerHost.Current(), new BenchOptions().PythonPath,
            new BenchOptions().SidecarFolder, TimeProvider.System);
        var cpus = CpuPair.Choose(Affinity.Get(), CpuPair.SiblingsOf);
        return new RowRunner(setting, Plan, cpus, seed: 1, new NoSink()).RunAsync(
            scenario, Placement.Free, TimeSpan.FromSeconds(10), _ => { }, TestContext.Current.CancellationToken);
    }
}
