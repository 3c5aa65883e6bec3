using System.Buffers;
using System.Net.Sockets;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Handshake;

/// <summary>Single frames on a bare socket: to their exact lengths, so that nothing of what follows is lost.</summary>
internal static class ExactFrames
{
    /// <summary>Reads one frame.</summary>
    /// <exception cref="BridgeException">Its header is wrong, or the peer is gone.</exception>
    public static ValueTask<byte[]> ReadAsync(
        Socket socket, PeerRole sender, int maxBytes, CancellationToken cancellationToken) =>
        ReadRestAsync(socket, sender, maxBytes, ReadOnlyMemory<byte>.Empty, cancellationToken);

    /// <summary>Reads one frame of which some bytes were read already, at most a header.</summary>
    /// <exception cref="BridgeException">Its header is wrong, or the peer is gone.</exception>
    public static async ValueTask<byte[]> ReadRestAsync(
        Socket socket, PeerRole sender, int maxBytes, ReadOnlyMemory<byte> begun, CancellationToken cancellationToken)
    {
        byte[] start = new byte[FrameHeader.Size];
        begun.CopyTo(start);
        await FillAsync(socket, start.AsMemory(begun.Length), cancellationToken).ConfigureAwait(false);
        FrameHeader header = Check(start, sender, maxBytes);
        byte[] frame = new byte[header.Length];
        start.CopyTo(frame, 0);
        await FillAsync(socket, frame.AsMemory(FrameHeader.Size), cancellationToken).ConfigureAwait(false);
        return frame;
    }

    /// <summary>Writes one frame.</summary>
    /// <exception cref="BridgeException">The peer is gone.</exception>
    public static async ValueTask WriteAsync(
        Socket socket, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        try
        {
            await socket.SendAsync(frame, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw Gone(e);
        }
    }

    /// <summary>
    /// Tells the peer why it is left. Best effort: it may be gone, or not listening, and is left all the same.
    /// </summary>
    public static async ValueTask TellAsync(
        Socket socket, BridgeException failure, CancellationToken cancellationToken)
    {
        var output = new ArrayBufferWriter<byte>();
        ErrorFrame.Write(output, 0, failure);
        try
        {
            await WriteAsync(socket, output.WrittenMemory, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BridgeException or OperationCanceledException or ObjectDisposedException)
        {
            // So be it.
        }
    }

    /// <summary>The type of a frame whose header was checked.</summary>
    public static FrameHeader HeaderOf(byte[] frame, PeerRole sender) => Check(frame, sender, WireLimits.MaxFrameBytes);

    /// <summary>The failure for what is wrong with a frame of the handshake.</summary>
    public static BridgeException Refuse(FrameFault fault) => new(fault.Failure, FailureStage.Connect, fault.Reason);

    private static FrameHeader Check(byte[] start, PeerRole sender, int maxBytes) =>
        FrameHeader.Read(start, sender, maxBytes, out FrameHeader header) is { } fault ? throw Refuse(fault) : header;

    private static async ValueTask FillAsync(Socket socket, Memory<byte> rest, CancellationToken cancellationToken)
    {
        while (rest.Length > 0)
        {
            int read;
            try
            {
                read = await socket.ReceiveAsync(rest, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                throw Gone(e);
            }

            if (read == 0)
            {
                throw Gone(null);
            }

            rest = rest[read..];
        }
    }

    private static BridgeException Gone(SocketException? cause) => new(
        BridgeFailure.ConnectionLost, FailureStage.Connect,
        "The peer closed the connection during the handshake. Look at its log.", cause);
}
