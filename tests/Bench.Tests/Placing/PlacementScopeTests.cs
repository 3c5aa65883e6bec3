using System.Globalization;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Placing;

namespace ThemisBridge.Bench.Tests.Placing;

[Collection(MachineTests.Name)]
public sealed class PlacementScopeTests
{
    private static readonly CpuPair Cpus = CpuPair.Choose(Affinity.Get(), CpuPair.SiblingsOf);

    public static TheoryData<Placement> Placements => [Placement.Packed, Placement.Spread, Placement.Single];

    [Theory]
    [MemberData(nameof(Placements))]
    public async Task Every_thread_of_both_processes_is_where_the_placement_says(Placement placement)
    {
        Assert.SkipWhen(placement == Placement.Spread && Cpus.Far is null, "one core");
        using var directory = new ScratchDirectory();
        await using var peer = ChildProcess.Start(
            PeerHost.Current().FileName, [BenchPeer.Argument, directory.Path], TimeProvider.System);
        // Its answer shows that it runs, threads and all.
        await peer.AskAsync("no request", TestContext.Current.CancellationToken);
        var before = Affinity.Get();

        using (PlacementScope.Apply(placement, Cpus, [peer.Id]))
        {
            Assert.All(ThreadsOf(Environment.ProcessId), thread => Assert.Equal([Cpus.Near], Affinity.Get(thread)));
            var far = placement == Placement.Spread ? Cpus.Far!.Value : Cpus.Near;
            Assert.All(ThreadsOf(peer.Id), thread => Assert.Equal([far], Affinity.Get(thread)));
        }

        Assert.All(ThreadsOf(Environment.ProcessId), thread => Assert.Equal(before, Affinity.Get(thread)));
    }

    [Fact]
    public void Free_placement_moves_nothing()
    {
        var before = Affinity.Get();

        using (PlacementScope.Apply(Placement.Free, Cpus, []))
            Assert.Equal(before, Affinity.Get());
    }

    private static IEnumerable<int> ThreadsOf(int process) =>
        Directory.GetDirectories($"/proc/{process}/task")
            .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture));
}
