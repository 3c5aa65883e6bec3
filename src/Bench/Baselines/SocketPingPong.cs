using System.Net.Sockets;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// The floor under a Unix socket with a thread of its own at either end: blocking send, blocking receive.
/// </summary>
/// <param name="size">How many bytes go there and come back.</param>
internal sealed class SocketPingPong(EchoSize size) : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => $"raw blocking socket ping-pong, {size.Request} and {size.Reply} bytes";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        var listener = UnixPath.Listen(path);
        new Thread(() => Serve(listener)) { IsBackground = true, Name = Name }.Start();
        return Task.FromResult(path);
    }

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var path = await scope.ServeAsync(this, cancellationToken);
        // Connected without awaiting: a socket that was once awaited on waits through epoll for ever after.
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return new Probe(scope.Clock, socket, size);
    }

    /// <summary>Answers one connection until it closes.</summary>
    private void Serve(Socket listener)
    {
        using var socket = listener.Accept();
        listener.Dispose();
        var request = new byte[size.Request];
        var reply = new byte[size.Reply];
        try
        {
            while (TryReceive(socket, request))
                socket.Send(reply);
        }
        catch (SocketException)
        {
            // The near side went away in the middle of an exchange: ^C, or a deadline.
        }
    }

    private static bool TryReceive(Socket socket, byte[] message)
    {
        for (var got = 0; got < message.Length;)
        {
            var count = socket.Receive(message, got, message.Length - got, SocketFlags.None);
            if (count == 0)
                return false;
            got += count;
        }
        return true;
    }

    private sealed class Probe(TimeProvider clock, Socket socket, EchoSize size) : SyncProbe(clock)
    {
        private readonly byte[] _request = new byte[size.Request];
        private readonly byte[] _reply = new byte[size.Reply];

        protected override void Close() => socket.Dispose();

        protected override void Operate(CancellationToken cancellationToken)
        {
            socket.Send(_request);
            if (!TryReceive(socket, _reply))
                throw new IOException("the peer closed the connection");
        }

        protected override void Abort() => socket.Dispose();
    }
}
