using System.Collections.Concurrent;
using System.Net.Sockets;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Conformance;

/// <summary>The real upgrade, and the listener's sockets so that they can be cut as a death cuts them.</summary>
internal sealed class CutUpgrade(IChannelUpgrade inner) : IChannelUpgrade
{
    private readonly ConcurrentBag<Socket> _sockets = [];

    public WireFeatures Feature => inner.Feature;

    public bool IsRequired => inner.IsRequired;

    /// <summary>Ends what is connected, without a word.</summary>
    public void Cut()
    {
        while (_sockets.TryTake(out Socket? socket))
        {
            try
            {
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It was closed before.
            }
        }
    }

    public ValueTask<IFrameChannel?> ConnectAsync(UpgradeContext context, CancellationToken cancellationToken) =>
        inner.ConnectAsync(context, cancellationToken);

    public ValueTask<IFrameChannel?> AcceptAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        _sockets.Add(context.Socket);
        return inner.AcceptAsync(context, cancellationToken);
    }
}
