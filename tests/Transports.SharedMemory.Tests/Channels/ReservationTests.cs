using Microsoft.Win32.SafeHandles;
using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.SharedMemory.Kernel;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>
/// A page that has no memory is made when it is touched, and where the machine promises no more than it has, there may
/// be none: the kernel then ends the process. Neither side touches such a page.
/// </summary>
public sealed class ReservationTests : IDisposable
{
    private const int Ring = SegmentLayout.MinRingBytes;

    private readonly SocketFolder _folder = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Memory_that_a_listener_offers_is_all_there()
    {
        var served = new ServedMemory();
        await using ListenerFixture fixture = served.Fixture;
        using RawPeer client = await OwnSegment.HelloAsync(fixture.Path);
        (UpgradeMessage offer, SafeFileHandle? file) = await UpgradeMessage
            .ReadWithFileAsync(OwnSegment.ContextOf(client, PeerRole.Client), Ending);
        using (file)
        {
            Assert.Equal(UpgradeStep.Offer, offer.Step);
            Assert.Equal(SegmentLayout.SegmentBytes(Ring), Holes.MemoryOf(file!));
        }
    }

    [Fact]
    public async Task Client_takes_the_memory_that_it_is_offered_without()
    {
        using RawPeer listening = RawPeer.Listen(_folder.Path);
        await using UdsBackend backend = Backends.To(_folder.Path, upgrades: Upgrades.Make());
        Task<int[]> asking = ListenerFixture.ReadAsync(backend, ListenerFixture.Request());
        await OwnSegment.GreetAsync(listening);
        UpgradeContext context = OwnSegment.ContextOf(listening, PeerRole.Listener);
        using SafeFileHandle file = MemoryFile.Create(SegmentLayout.SegmentBytes(Ring));
        Segment.Create(file, Ring).Dispose();
        Holes.Punch(file, SegmentLayout.DataAt, 2 * Ring);
        Assert.Equal(SegmentLayout.DataAt, Holes.MemoryOf(file));
        UpgradeMessage.SendOffer(context, SegmentHeader.Offer(Ring), file);
        Assert.Equal(UpgradeStep.Accept, (await UpgradeMessage.ReadAsync(context, Ending)).Step);
        Assert.Equal(SegmentLayout.SegmentBytes(Ring), Holes.MemoryOf(file));
        listening.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => asking.WaitAsync(Kills.Patience, Ending));
    }
}
