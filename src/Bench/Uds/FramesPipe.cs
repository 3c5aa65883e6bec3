using System.Buffers;
using System.Net.Sockets;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Bench.Uds;

/// <summary>Frames on a blocking socket, for one thread: what the codec alone costs, without the transport.</summary>
/// <param name="socket">Owned from now on.</param>
/// <param name="peer">Who is at the other end.</param>
internal sealed class FramesPipe(Socket socket, PeerRole peer) : IDisposable
{
    private readonly FrameReader _frames = new(peer, WireLimits.MaxFrameBytes);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>Takes a frame in.</summary>
    public delegate FrameFault? Receiver(in FrameHeader header, ReadOnlySpan<byte> frame);

    /// <summary>Where frames are written before <see cref="Send"/>.</summary>
    public ArrayBufferWriter<byte> Output { get; } = new();

    /// <summary>A client's, after both HELLOs.</summary>
    public static FramesPipe Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        var pipe = new FramesPipe(socket, PeerRole.Listener);
        new HelloFrame { Role = PeerRole.Client }.Write(pipe.Output);
        pipe.Send();
        var isOpen = pipe.Receive((in FrameHeader _, ReadOnlySpan<byte> frame) =>
            HelloFrame.Read(frame, PeerRole.Listener, out var _));
        return isOpen ? pipe : throw new IOException("the listener closed the connection");
    }

    /// <summary>Sends what was written.</summary>
    public void Send()
    {
        var rest = Output.WrittenSpan;
        while (rest.Length > 0)
            rest = rest[socket.Send(rest)..];
        Output.ResetWrittenCount();
    }

    /// <summary>Receives until a frame is whole, and hands over every frame that is.</summary>
    /// <returns>False when the peer closed.</returns>
    /// <exception cref="IOException">A frame is wrong.</exception>
    public bool Receive(Receiver receiver)
    {
        for (var got = 0; got == 0;)
        {
            var count = socket.Receive(_buffer, _end, _buffer.Length - _end, SocketFlags.None);
            if (count == 0)
                return false;
            _end += count;
            var bytes = new ReadOnlySequence<byte>(_buffer, _start, _end - _start);
            while (true)
            {
                var fault = _frames.TryRead(ref bytes, out var header, out var frame);
                if (fault is null && frame.IsEmpty)
                    break;
                if ((fault ?? receiver(header, frame)) is { } wrong)
                    throw new IOException(wrong.Reason);
                got++;
            }
            Keep((int)bytes.Length);
        }
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Dispose();
        _frames.Dispose();
    }

    private void Keep(int count)
    {
        Buffer.BlockCopy(_buffer, _end - count, _buffer, 0, count);
        (_start, _end) = (0, count);
    }
}
