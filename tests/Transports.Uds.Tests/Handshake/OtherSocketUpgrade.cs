using System.Buffers;
using System.Net.Sockets;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Tests.Handshake;

/// <summary>Moves a connection to a second socket, as shared memory moves it to rings: offer, accept,
/// confirm.</summary>
internal sealed class OtherSocketUpgrade : IChannelUpgrade
{
    private int _channels;

    public WireFeatures Feature => WireFeatures.SharedMemory;

    public bool IsRequired => true;

    public int Channels => Volatile.Read(ref _channels);

    public async ValueTask<IFrameChannel?> ConnectAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        string path = Expect(await context.ReadFrameAsync(cancellationToken), UpgradeStep.Offer);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        await WriteAsync(context, UpgradeStep.Accept, "", cancellationToken);
        Expect(await context.ReadFrameAsync(cancellationToken), UpgradeStep.Confirm);
        return Move(context, socket, PeerRole.Listener);
    }

    public async ValueTask<IFrameChannel?> AcceptAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string path = Path.Combine(Path.GetTempPath(), $"themis-{Guid.NewGuid():N}.sock");
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen();
        await WriteAsync(context, UpgradeStep.Offer, path, cancellationToken);
        Socket socket = await listening.AcceptAsync(cancellationToken);
        Expect(await context.ReadFrameAsync(cancellationToken), UpgradeStep.Accept);
        await WriteAsync(context, UpgradeStep.Confirm, "", cancellationToken);
        return Move(context, socket, PeerRole.Client);
    }

    private OtherChannel Move(UpgradeContext context, Socket socket, PeerRole peer)
    {
        Interlocked.Increment(ref _channels);
        return new OtherChannel(
            context.Socket, new SocketFrameChannel(socket, peer, WireLimits.MaxFrameBytes, context.Time));
    }

    private static string Expect(byte[] frame, UpgradeStep step)
    {
        Assert.Null(UpgradeFrame.Read(frame, out UpgradeFrame upgrade));
        Assert.Equal(step, upgrade.Step);
        return System.Text.Encoding.UTF8.GetString(upgrade.Body);
    }

    private static async Task WriteAsync(
        UpgradeContext context, UpgradeStep step, string body, CancellationToken cancellationToken)
    {
        var output = new ArrayBufferWriter<byte>();
        UpgradeFrame.Write(output, step, UpgradeKind.SharedMemory, 0, System.Text.Encoding.UTF8.GetBytes(body));
        await context.WriteFrameAsync(output.WrittenMemory, cancellationToken);
    }

    private sealed class OtherChannel(Socket first, SocketFrameChannel inner) : IFrameChannel
    {
        public string Kind => "shm";

        public Lock Gate => inner.Gate;

        public IBufferWriter<byte> Output => inner.Output;

        public long UnsentBytes => inner.UnsentBytes;

        public long? StalledSince => inner.StalledSince;

        public void Start(IFrameSink sink) => inner.Start(sink);

        public void Flush() => inner.Flush();

        public void Close()
        {
            inner.Close();
            first.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            first.Dispose();
            return inner.DisposeAsync();
        }
    }
}
