using System.Net.Sockets;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>A connection between HELLO and its first request.</summary>
public sealed class UpgradeContext
{
    /// <summary>Its socket, for descriptors and for watching the peer's death.</summary>
    public required Socket Socket { get; init; }

    /// <summary>Which side this is.</summary>
    public required PeerRole Role { get; init; }

    /// <summary>What this side said.</summary>
    public required HelloFrame Own { get; init; }

    /// <summary>What the peer said.</summary>
    public required HelloFrame Peer { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Reads one frame from the socket to its exact length, never more.</summary>
    /// <param name="cancellationToken">Gives up; the connection cannot be used any more.</param>
    /// <returns>Header and frame.</returns>
    /// <exception cref="Core.Failures.BridgeException">The frame is wrong, or the peer is gone.</exception>
    public ValueTask<byte[]> ReadFrameAsync(CancellationToken cancellationToken) => Handshake.ExactFrames.ReadAsync(
        Socket, Role == PeerRole.Client ? PeerRole.Listener : PeerRole.Client, WireLimits.MaxUpgradeBytes,
        cancellationToken);

    /// <summary>Writes one frame to the socket.</summary>
    /// <param name="frame">The whole frame.</param>
    /// <param name="cancellationToken">Gives up; the connection cannot be used any more.</param>
    public ValueTask WriteFrameAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) =>
        Handshake.ExactFrames.WriteAsync(Socket, frame, cancellationToken);
}
