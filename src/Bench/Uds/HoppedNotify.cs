using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;
using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Uds;

/// <summary>
/// The floor under <see cref="StepNotify"/>: the same thread with the same gap, and the same hops at either end, around
/// a bare awaited send and a bare awaited receive of eight bytes.
/// </summary>
internal sealed class HoppedNotify : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => "one-way notice on a Unix socket, .NET to .NET, after 1 ms";

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
        return new Probe(scope.Clock, await UnixPath.ConnectAsync(path, cancellationToken));
    }

    /// <summary>Sends as many notices as it is asked for, again and again, until the connection closes.</summary>
    private static async Task ServeAsync(Socket listener)
    {
        using var socket = await listener.AcceptAsync();
        listener.Dispose();
        var message = new byte[sizeof(long)];
        while (await TryReceiveAsync(socket, message))
        {
            var count = (int)BinaryPrimitives.ReadInt64LittleEndian(message);
            var moments = NotifyHop.New();
            new Thread(() => Pace(moments.Writer, count)) { IsBackground = true, Name = "bench notices" }.Start();
            for (var i = 0; i < count; i++)
            {
                var moment = await moments.Reader.ReadAsync();
                BinaryPrimitives.WriteInt64LittleEndian(message, moment);
                await socket.SendAsync(message);
            }
        }
    }

    private static void Pace(ChannelWriter<long> moments, int count)
    {
        PreciseSleep.Prepare();
        for (var i = 0; i < count; i++)
        {
            PreciseSleep.For(StepEngine.GapSeconds);
            moments.TryWrite(TimeProvider.System.GetTimestamp());
        }
    }

    private static async ValueTask<bool> TryReceiveAsync(Socket socket, Memory<byte> message)
    {
        while (message.Length > 0)
        {
            var count = await socket.ReceiveAsync(message, CancellationToken.None);
            if (count == 0)
                return false;
            message = message[count..];
        }
        return true;
    }

    private sealed class Probe : IProbe
    {
        private readonly Channel<long> _moments = NotifyHop.New();
        private readonly byte[] _ask = new byte[sizeof(long)];
        private readonly TimeProvider _clock;
        private readonly Socket _socket;

        public Probe(TimeProvider clock, Socket socket)
        {
            (_clock, _socket) = (clock, socket);
            _ = ReceiveAsync();
        }

        public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) =>
            Task.Run(() => RunBlockCoreAsync(samples, cancellationToken), cancellationToken);

        public ValueTask DisposeAsync()
        {
            _socket.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task RunBlockCoreAsync(Memory<double> samples, CancellationToken cancellationToken)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_ask, samples.Length);
            await _socket.SendAsync(_ask, cancellationToken);
            for (var i = 0; i < samples.Length; i++)
            {
                var sent = await _moments.Reader.ReadAsync(cancellationToken);
                samples.Span[i] = (_clock.GetTimestamp() - sent) / 1e3;
            }
        }

        private async Task ReceiveAsync()
        {
            try
            {
                var message = new byte[sizeof(long)];
                while (await TryReceiveAsync(_socket, message))
                    _moments.Writer.TryWrite(BinaryPrimitives.ReadInt64LittleEndian(message));
                _moments.Writer.Complete();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                _moments.Writer.Complete(exception);
            }
        }
    }
}
