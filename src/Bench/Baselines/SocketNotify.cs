using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>The floor under a step frame on a Unix socket: a bare Python send to a bare awaited receive.</summary>
internal sealed class SocketNotify : ISubject
{
    /// <inheritdoc/>
    public string Name => "one-way notice on a Unix socket, from Python, after 1 ms";

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        using var listener = UnixPath.Listen(path);
        var sender = scope.StartPython("notify.py", NotifyProbe.GapSeconds, "socket", path);
        var socket = await listener.AcceptAsync(cancellationToken);
        File.Delete(path);
        await sender.ReadAsync(cancellationToken);
        var hop = NotifyProbe.NewHop();
        _ = ReceiveAsync(socket, hop.Writer);
        return new NotifyProbe(sender, hop.Reader, socket, scope.Clock);
    }

    /// <summary>Until either side closes.</summary>
    private static async Task ReceiveAsync(Socket socket, ChannelWriter<long> notices)
    {
        try
        {
            var notice = new byte[sizeof(long)];
            var got = 0;
            int count;
            while ((count = await socket.ReceiveAsync(notice.AsMemory(got), CancellationToken.None)) > 0)
            {
                got += count;
                if (got < notice.Length)
                    continue;
                notices.TryWrite(BinaryPrimitives.ReadInt64LittleEndian(notice));
                got = 0;
            }
            notices.Complete();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            notices.Complete(exception);
        }
    }
}
