using System.Diagnostics;
using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Transports.SharedMemory.Tests.Channels;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Transports.SharedMemory.Tests.Faults;

/// <summary>kill -9 of a real client while it writes into its ring: nobody else notices, and nothing is left.</summary>
[Collection(nameof(Mappings))]
public sealed class KilledClientTests
{
    // So many die at once, beside one that lives.
    private const int AtOnce = 4;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_client_leaves_no_segment_and_others_go_on()
    {
        // A busy machine starts four programs slowly; only their deaths are looked at here.
        ServedMemory served = new(options => options.HandshakeTimeout = options.SilenceTimeout = Kills.Patience);
        await using ListenerFixture fixture = served.Fixture;
        fixture.Engine.Answer = (request, _) => request.Priority == 7
            ? Chunks.Of(Chunks.Tokens(3)) : Chunks.Of(Chunks.Tokens(50));
        var random = new Random(Environment.TickCount);
        await using UdsBackend other = Backends.To(fixture.Path, upgrades: Upgrades.Make());
        Assert.NotEmpty(await ListenerFixture.ReadAsync(other, ListenerFixture.Request(7)));
        string[] shm = NamedMemory.Entries();
        Process[] next = Start(fixture.Path);
        for (int killed = 0; killed < Kills.Rounds; killed += AtOnce)
        {
            Process[] clients = next;
            await Kills.UntilAsync(() => Task.FromResult(served.Upgrade.SegmentCount == AtOnce + 1));
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 20), TimeProvider.System, Ending);
            foreach (Process client in clients)
            {
                client.Kill();
            }

            await Kills.UntilAsync(() => Task.FromResult(served.Upgrade.SegmentCount == 1));
            Assert.Equal(new[] { 0, 1, 2 }, await ListenerFixture.ReadAsync(other, ListenerFixture.Request(7)));
            foreach (Process client in clients)
            {
                await client.WaitForExitAsync(Ending);
                client.Dispose();
            }

            next = killed + AtOnce < Kills.Rounds ? Start(fixture.Path) : [];
        }

        await Kills.UntilAsync(() => Task.FromResult(Mappings.Count == 2));
        Assert.Equal(shm, NamedMemory.Entries());
    }

    private static Process[] Start(string path) =>
        [.. Enumerable.Range(0, AtOnce).Select(_ => ChildProcess.Client(path))];
}
