using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Bench.Baselines;
using ThemisBridge.Transports.SharedMemory;
using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>
/// The two ends of a segment, without the sessions above them: the product's channel there, the bare rings here.
/// </summary>
internal static class RingPeer
{
    /// <summary>Takes one client and moves it to a segment.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="waits">Makes the policy of the channel's thread.</param>
    /// <param name="sink">Makes what takes the frames.</param>
    public static void Serve(string path, Func<IWaitPolicy> waits, Func<IFrameChannel, IFrameSink> sink) =>
        _ = ServeAsync(UnixPath.Listen(path), waits, sink);

    /// <summary>Connects to such a peer.</summary>
    /// <returns>The socket, which lives as long as the connection, and the memory; both are the caller's.</returns>
    /// <exception cref="IOException">The peer offers no segment.</exception>
    public static async Task<(Socket Socket, Segment Segment)> ConnectAsync(
        string path, CancellationToken cancellationToken)
    {
        var socket = await UnixPath.ConnectAsync(path, cancellationToken);
        var context = ContextOf(socket, PeerRole.Client);
        var (offer, file) = await UpgradeMessage.ReadWithFileAsync(context, cancellationToken);
        using (file)
        {
            if (file is null || SegmentHeader.ReadOffer(offer.Body, out var ringBytes) is not null)
                throw new IOException("the peer offers no segment");
            var segment = Segment.Map(file, ringBytes);
            await UpgradeMessage.SendAsync(context, UpgradeStep.Accept, Nonces.Show(segment), cancellationToken);
            await UpgradeMessage.ReadAsync(context, cancellationToken);
            return (socket, segment);
        }
    }

    private static async Task ServeAsync(
        Socket listener, Func<IWaitPolicy> waits, Func<IFrameChannel, IFrameSink> sink)
    {
        var socket = await listener.AcceptAsync();
        listener.Dispose();
        var upgrade = new SharedMemoryUpgrade(
            new SharedMemoryOptions(), NullLogger<SharedMemoryUpgrade>.Instance, waits);
        var channel = await upgrade.AcceptAsync(ContextOf(socket, PeerRole.Listener), CancellationToken.None);
        channel!.Start(sink(channel));
    }

    private static UpgradeContext ContextOf(Socket socket, PeerRole role)
    {
        var hello = new HelloFrame { Role = role };
        return new UpgradeContext
        {
            Socket = socket,
            Role = role,
            Own = hello,
            Peer = hello,
            Time = TimeProvider.System,
        };
    }
}
