using System.Net.Sockets;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>The floor under a Unix socket that is awaited: each receive ends on the thread pool.</summary>
/// <param name="size">How many bytes go there and come back.</param>
internal sealed class AsyncSocketPingPong(EchoSize size) : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => $"raw awaited socket ping-pong, {size.Request} and {size.Reply} bytes";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        _ = ServeAsync(UnixPath.Listen(path));
        return Task.FromResult(path);
    }

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var path = await scope.ServeAsync(this, cancellationToken);
        return new Probe(scope.Clock, await UnixPath.ConnectAsync(path, cancellationToken), size);
    }

    /// <summary>Answers one connection until it closes.</summary>
    private async Task ServeAsync(Socket listener)
    {
        using var socket = await listener.AcceptAsync();
        listener.Dispose();
        var request = new byte[size.Request];
        var reply = new byte[size.Reply];
        while (await TryReceiveAsync(socket, request))
            await socket.SendAsync(reply);
    }

    private static async ValueTask<bool> TryReceiveAsync(Socket socket, Memory<byte> message)
    {
        while (message.Length > 0)
        {
            // No token: its registration would be measured too. Closing the socket ends the waiting.
            var count = await socket.ReceiveAsync(message, CancellationToken.None);
            if (count == 0)
                return false;
            message = message[count..];
        }
        return true;
    }

    private sealed class Probe(TimeProvider clock, Socket socket, EchoSize size) : AsyncProbe(clock)
    {
        private readonly byte[] _request = new byte[size.Request];
        private readonly byte[] _reply = new byte[size.Reply];

        public override ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }

        protected override async ValueTask OperateAsync(CancellationToken cancellationToken)
        {
            await socket.SendAsync(_request, CancellationToken.None);
            if (!await TryReceiveAsync(socket, _reply))
                throw new IOException("the peer closed the connection");
        }

        protected override void Abort() => socket.Dispose();
    }
}
