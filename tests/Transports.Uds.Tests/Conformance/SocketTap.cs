using System.Buffers;
using System.Collections.Concurrent;
using System.Net.Sockets;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Tests.Conformance;

/// <summary>An upgrade that is always declined, and remembers the listener's sockets so that they can be cut.</summary>
internal sealed class SocketTap : IChannelUpgrade
{
    private readonly ConcurrentBag<Socket> _sockets = [];

    public WireFeatures Feature => WireFeatures.SharedMemory;

    public bool IsRequired { get; init; }

    /// <summary>Closes what is connected, without a word.</summary>
    public void Cut()
    {
        while (_sockets.TryTake(out Socket? socket))
        {
            socket.Dispose();
        }
    }

    public async ValueTask<IFrameChannel?> ConnectAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        byte[] frame = await context.ReadFrameAsync(cancellationToken);
        Assert.Null(UpgradeFrame.Read(frame, out UpgradeFrame upgrade));
        Assert.Equal(UpgradeStep.Decline, upgrade.Step);
        return null;
    }

    public async ValueTask<IFrameChannel?> AcceptAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        _sockets.Add(context.Socket);
        var output = new ArrayBufferWriter<byte>();
        UpgradeFrame.Write(output, UpgradeStep.Decline, UpgradeKind.SharedMemory, 0, []);
        await context.WriteFrameAsync(output.WrittenMemory, cancellationToken);
        return null;
    }
}
