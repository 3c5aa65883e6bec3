using System.Buffers;
using Microsoft.Win32.SafeHandles;
using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.SharedMemory.Kernel;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>One side of a segment in the hands of a test: a peer that does with the memory whatever it likes.</summary>
internal sealed class OwnSegment : IDisposable
{
    private readonly RawPeer _peer;
    private readonly PeerRole _role;

    private OwnSegment(RawPeer peer, PeerRole role, Segment segment)
    {
        (_peer, _role, Segment) = (peer, role, segment);
        Writer = segment.Writer(role);
        Reader = segment.Reader(role);
        Bell = segment.BellOf(Segment.Other(role));
    }

    public Segment Segment { get; }

    public RingWriter Writer { get; }

    public RingReader Reader { get; }

    /// <summary>The other side's.</summary>
    public Bell Bell { get; }

    public System.Net.Sockets.Socket Socket => _peer.Socket;

    /// <summary>The index that this side's writer stores.</summary>
    public unsafe ref ulong Tail => ref *(ulong*)(Segment.Control(Segment.Other(_role)) + SegmentLayout.TailAt);

    /// <summary>The index that this side's reader stores.</summary>
    public unsafe ref ulong Head => ref *(ulong*)(Segment.Control(_role) + SegmentLayout.HeadAt);

    /// <summary>The bytes of the ring that this side writes.</summary>
    public unsafe Span<byte> Data => new(Segment.Data(Segment.Other(_role)), Segment.RingBytes);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    /// <summary>A client that has moved to shared memory.</summary>
    public static async Task<OwnSegment> ClientAsync(string path)
    {
        RawPeer peer = await HelloAsync(path);
        var context = ContextOf(peer, PeerRole.Client);
        (UpgradeMessage offer, SafeFileHandle? file) = await UpgradeMessage.ReadWithFileAsync(context, Ending);
        Assert.Equal(UpgradeStep.Offer, offer.Step);
        Assert.Null(SegmentHeader.ReadOffer(offer.Body, out int ringBytes));
        var segment = Segment.Map(file!, ringBytes);
        file!.Dispose();
        await UpgradeMessage.SendAsync(context, UpgradeStep.Accept, Nonces.Show(segment), Ending);
        Assert.Equal(UpgradeStep.Confirm, (await UpgradeMessage.ReadAsync(context, Ending)).Step);
        return new OwnSegment(peer, PeerRole.Client, segment);
    }

    /// <summary>A client that has said HELLO and offers shared memory.</summary>
    public static async Task<RawPeer> HelloAsync(string path)
    {
        RawPeer peer = await RawPeer.ConnectAsync(path);
        await peer.SendAsync(output => new HelloFrame
            { Role = PeerRole.Client, Offered = WireFeatures.SharedMemory }.Write(output));
        Assert.Equal(FrameType.Hello, (await peer.ReadAsync()).Type);
        return peer;
    }

    /// <summary>A listener that takes a client and offers it a segment.</summary>
    public static async Task<OwnSegment> AcceptAsync(RawPeer listening)
    {
        await GreetAsync(listening);
        using SafeFileHandle file = MemoryFile.Create(SegmentLayout.SegmentBytes(SegmentLayout.MinRingBytes));
        var segment = Segment.Create(file, SegmentLayout.MinRingBytes);
        var context = ContextOf(listening, PeerRole.Listener);
        UpgradeMessage.SendOffer(context, SegmentHeader.Offer(SegmentLayout.MinRingBytes), file);
        UpgradeMessage accept = await UpgradeMessage.ReadAsync(context, Ending);
        Assert.True(Nonces.AreOf(segment, accept.Body));
        await UpgradeMessage.SendAsync(context, UpgradeStep.Confirm, [], Ending);
        return new OwnSegment(listening, PeerRole.Listener, segment);
    }

    /// <summary>Takes a client, and says HELLO with the offer of shared memory.</summary>
    public static async Task GreetAsync(RawPeer listening)
    {
        await listening.AcceptSilentlyAsync();
        Assert.Equal(FrameType.Hello, (await listening.ReadAsync()).Type);
        await listening.SendAsync(output => new HelloFrame
        {
            Role = PeerRole.Listener,
            Offered = WireFeatures.SharedMemory,
            MaxRequests = 16,
            Capabilities = ulong.MaxValue,
        }.Write(output));
    }

    public static UpgradeContext ContextOf(RawPeer peer, PeerRole role)
    {
        var hello = new HelloFrame { Role = role };
        return new UpgradeContext
            { Socket = peer.Socket, Role = role, Own = hello, Peer = hello, Time = TimeProvider.System };
    }

    /// <summary>Writes frames and rings.</summary>
    public void Send(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        Assert.Null(Writer.Write(output.WrittenSpan, out int taken));
        Assert.Equal(output.WrittenCount, taken);
        Ring();
    }

    /// <summary>Wakes the other side, asleep or not.</summary>
    public void Ring()
    {
        Bell.TryClaim();
        Bell.Wake();
    }

    /// <summary>Waits until the other side has closed.</summary>
    public Task UntilClosedAsync() => _peer.UntilClosedAsync().WaitAsync(Kills.Patience, Ending);

    public void Dispose()
    {
        _peer.Dispose();
        Segment.Dispose();
    }
}
