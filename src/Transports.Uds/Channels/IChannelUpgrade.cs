using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>
/// Moves a connection from its socket to something else before the first request. Registered by another transport;
/// without one, connections stay on the socket.
/// </summary>
public interface IChannelUpgrade
{
    /// <summary>The feature bit that offers it in HELLO.</summary>
    WireFeatures Feature { get; }

    /// <summary>Whether a connection without it is refused.</summary>
    bool IsRequired { get; }

    /// <summary>
    /// The client's part, when both sides offer the feature: waits for the offer, accepts or declines.
    /// </summary>
    /// <param name="context">The connection. Nothing beyond HELLO has been read from its socket.</param>
    /// <param name="cancellationToken">Ends with the handshake's time.</param>
    /// <returns>The channel to use, which owns the socket from now on; null to stay on the socket.</returns>
    ValueTask<IFrameChannel?> ConnectAsync(UpgradeContext context, CancellationToken cancellationToken);

    /// <summary>The listener's part: offers, and waits for the answer; or declines.</summary>
    /// <param name="context">The connection. Nothing beyond HELLO has been read from its socket.</param>
    /// <param name="cancellationToken">Ends with the handshake's time.</param>
    /// <returns>The channel to use, which owns the socket from now on; null to stay on the socket.</returns>
    ValueTask<IFrameChannel?> AcceptAsync(UpgradeContext context, CancellationToken cancellationToken);
}
