using System.Net.Sockets;
using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Tests;

/// <summary>Echoes a byte, until its fault comes.</summary>
internal sealed class BadPeer(string name, PeerFault fault) : IPeerSubject
{
    private const int GoodEchoes = 50;

    public string Name => name;

    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        if (fault == PeerFault.CannotServe)
            throw new InvalidOperationException("made not to serve");
        var path = scope.NewPath("sock");
        var listener = UnixPath.Listen(path);
        _ = Task.Run(() => EchoAsync(listener), cancellationToken);
        return Task.FromResult(path);
    }

    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) => new Probe(
        scope.Clock,
        await UnixPath.ConnectAsync(await scope.ServeAsync(this, cancellationToken), cancellationToken));

    private async Task EchoAsync(Socket listener)
    {
        var socket = await listener.AcceptAsync();
        var buffer = new byte[1];
        for (var i = 0; i < GoodEchoes; i++)
        {
            await socket.ReceiveAsync(buffer);
            await socket.SendAsync(buffer);
        }
        if (fault == PeerFault.Dies)
            Environment.FailFast("made to die");
    }

    private sealed class Probe(TimeProvider clock, Socket socket) : AsyncProbe(clock)
    {
        private readonly byte[] _buffer = new byte[1];

        public override ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }

        protected override async ValueTask OperateAsync(CancellationToken cancellationToken)
        {
            await socket.SendAsync(_buffer, CancellationToken.None);
            if (await socket.ReceiveAsync(_buffer, CancellationToken.None) == 0)
                throw new IOException("the peer closed the connection");
        }

        protected override void Abort() => socket.Dispose();
    }
}
