using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.SharedMemory.Kernel;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>Two channels over one segment, neither of them started.</summary>
internal sealed class ChannelPair : IAsyncDisposable
{
    private int _released;

    private ChannelPair((Socket Near, Socket Far) sockets, SafeFileHandle file, TimeSpan spin)
    {
        Listener = Channel(sockets.Far, Segment.Create(file, SegmentLayout.MinRingBytes), PeerRole.Listener, spin);
        Client = Channel(sockets.Near, Segment.Map(file, SegmentLayout.MinRingBytes), PeerRole.Client, spin);
        Memory = Segment.Map(file, SegmentLayout.MinRingBytes);
    }

    public RingChannel Listener { get; }

    public RingChannel Client { get; }

    /// <summary>A third mapping, to look at what the two do.</summary>
    public Segment Memory { get; }

    /// <summary>How many of the two have given their memory back.</summary>
    public int Released => Volatile.Read(ref _released);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static async Task<ChannelPair> MakeAsync(TimeSpan spin = default)
    {
        using var folder = new SocketFolder();
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(folder.Path));
        listening.Listen();
        var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await near.ConnectAsync(new UnixDomainSocketEndPoint(folder.Path), Ending);
        using SafeFileHandle file = MemoryFile.Create(SegmentLayout.SegmentBytes(SegmentLayout.MinRingBytes));
        return new ChannelPair((near, await listening.AcceptAsync(Ending)), file, spin);
    }

    public async ValueTask DisposeAsync()
    {
        await Listener.DisposeAsync();
        await Client.DisposeAsync();
        Memory.Dispose();
    }

    private RingChannel Channel(Socket socket, Segment segment, PeerRole role, TimeSpan spin) => new(
        socket, segment, role, WireLimits.MaxFrameBytes, new WaitPolicy(spin), TimeProvider.System,
        () => Interlocked.Increment(ref _released));
}
