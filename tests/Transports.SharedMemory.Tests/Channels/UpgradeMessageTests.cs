using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.SharedMemory.Kernel;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>A message and its descriptor on their way through the socket.</summary>
public sealed class UpgradeMessageTests : IDisposable
{
    private const int Ring = SegmentLayout.MinRingBytes;

    // The kernel's notice of what was read before is seldom late enough to end the next wait.
    private const int Rounds = 2_000;

    private readonly SocketFolder _folder = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Offer_that_is_late_is_waited_for_whatever_was_read_before()
    {
        using SafeFileHandle file = MemoryFile.Create(SegmentLayout.SegmentBytes(Ring));
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(_folder.Path));
        listening.Listen();
        for (int round = 0; round < Rounds; round++)
        {
            using var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await near.ConnectAsync(new UnixDomainSocketEndPoint(_folder.Path), Ending);
            using Socket far = await listening.AcceptAsync(Ending);
            ValueTask<int> hello = near.ReceiveAsync(new byte[1], SocketFlags.None, Ending);
            far.Send([1]);
            await hello;
            Task<(UpgradeMessage Message, SafeFileHandle? File)> reading =
                UpgradeMessage.ReadWithFileAsync(ContextOf(near, PeerRole.Client), Ending);
            await Task.Yield();
            UpgradeMessage.SendOffer(ContextOf(far, PeerRole.Listener), SegmentHeader.Offer(Ring), file);
            (UpgradeMessage offer, SafeFileHandle? brought) = await reading;
            Assert.True(offer.IsOffer(brought));
            brought.Dispose();
        }
    }

    private static UpgradeContext ContextOf(Socket socket, PeerRole role)
    {
        var hello = new HelloFrame { Role = role };
        return new UpgradeContext
        {
            Socket = socket, Role = role, Own = hello, Peer = hello, Time = TimeProvider.System,
        };
    }
}
