using System.Diagnostics;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.SharedMemory.Tests.Channels;
using ThemisBridge.Transports.Uds;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Faults;

/// <summary>A peer that dies after it has claimed a sleeper's bell and before it has woken it.</summary>
public sealed class LostWakeTests
{
    private const int Rounds = 5;

    [Fact]
    public async Task Sleeper_that_looks_awake_learns_of_the_death_at_once()
    {
        TimeSpan least = TimeSpan.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            TimeSpan took = await DieAsync();
            least = took < least ? took : least;
        }

        // A sleep that nobody ends takes a second; a busy machine does not delay every round.
        Assert.InRange(least.TotalMilliseconds, 0, SegmentLayout.ParkMilliseconds / 2);
    }

    private static async Task<TimeSpan> DieAsync()
    {
        using var folder = new SocketFolder();
        using RawPeer listening = RawPeer.Listen(folder.Path);
        await using UdsBackend backend = Backends.To(
            folder.Path, upgrades: Upgrades.Make(options => options.SpinWindow = TimeSpan.Zero));
        Task<int[]> asking = ListenerFixture.ReadAsync(backend, ListenerFixture.Request());
        using OwnSegment listener = await OwnSegment.AcceptAsync(listening);
        // A sleep that begins now lasts longest.
        listener.Send(output => PingFrame.Write(output, FrameType.Ping, 1));
        await Kills.UntilAsync(() => Task.FromResult(listener.Bell.TryClaim()));
        long died = Stopwatch.GetTimestamp();
        listener.Socket.Dispose();
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(
            () => asking.WaitAsync(Kills.Patience, TestContext.Current.CancellationToken));
        Assert.Equal(BridgeFailure.ConnectionLost, failure.Failure);
        return Stopwatch.GetElapsedTime(died);
    }
}
