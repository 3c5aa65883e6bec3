using System.Buffers;
using System.Net.Sockets;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Uds.Handshake;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Tests;

/// <summary>One side of a connection that does with its socket whatever a test wants.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly Socket? _listening;
    private readonly PeerRole _role;
    private readonly ArrayBufferWriter<byte> _output = new();

    private RawPeer(Socket socket, PeerRole role, Socket? listening = null) =>
        (Socket, _role, _listening) = (socket, role, listening);

    public Socket Socket { get; private set; }

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private PeerRole Other => _role == PeerRole.Client ? PeerRole.Listener : PeerRole.Client;

    /// <summary>A client that has said nothing yet.</summary>
    public static async Task<RawPeer> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), Ending);
        return new RawPeer(socket, PeerRole.Client);
    }

    /// <summary>A client after both HELLOs.</summary>
    public static async Task<RawPeer> ClientAsync(string path, int maxFrameBytes = WireLimits.MaxFrameBytes)
    {
        RawPeer client = await ConnectAsync(path);
        await client.SendAsync(output => new HelloFrame
            { Role = PeerRole.Client, MaxFrameBytes = maxFrameBytes }.Write(output));
        Assert.Equal(FrameType.Hello, (await client.ReadAsync()).Type);
        return client;
    }

    /// <summary>A listener that waits for its first client.</summary>
    public static RawPeer Listen(string path)
    {
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen();
        return new RawPeer(listening, PeerRole.Listener, listening);
    }

    /// <summary>Takes a client, and shakes hands.</summary>
    public async Task AcceptAsync(
        int maxRequests = 16, BackendFeatures? features = null, int maxFrameBytes = WireLimits.MaxFrameBytes)
    {
        Socket = await _listening!.AcceptAsync(Ending);
        Assert.Equal(FrameType.Hello, (await ReadAsync()).Type);
        await SendAsync(output => new HelloFrame
        {
            Role = PeerRole.Listener,
            MaxRequests = maxRequests,
            MaxFrameBytes = maxFrameBytes,
            Capabilities = features is { } some ? CapabilityBits.Of(some) : ulong.MaxValue,
        }.Write(output));
    }

    /// <summary>Takes a client, and says nothing.</summary>
    public async Task AcceptSilentlyAsync() => Socket = await _listening!.AcceptAsync(Ending);

    /// <summary>Sends frames in one piece.</summary>
    public async Task SendAsync(Action<IBufferWriter<byte>> write)
    {
        _output.ResetWrittenCount();
        write(_output);
        await SendAsync(_output.WrittenMemory);
    }

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await Socket.SendAsync(bytes, SocketFlags.None, Ending);

    /// <summary>The next frame of the other side.</summary>
    public async Task<(FrameType Type, byte[] Frame)> ReadAsync()
    {
        byte[] frame = await ExactFrames.ReadAsync(Socket, Other, WireLimits.MaxFrameBytes, Ending);
        return (ExactFrames.HeaderOf(frame, Other).Type, frame);
    }

    /// <summary>The next frame of a type; others are passed over.</summary>
    public async Task<byte[]> ReadAsync(FrameType type)
    {
        while (true)
        {
            (FrameType seen, byte[] frame) = await ReadAsync();
            if (seen == type)
            {
                return frame;
            }
        }
    }

    /// <summary>Waits until the other side has closed, passing over what it still sends.</summary>
    public async Task UntilClosedAsync()
    {
        byte[] rest = new byte[4096];
        try
        {
            while (await Socket.ReceiveAsync(rest, SocketFlags.None, Ending) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // It closed with something unread.
        }
    }

    public void Dispose()
    {
        Socket.Dispose();
        _listening?.Dispose();
    }
}
