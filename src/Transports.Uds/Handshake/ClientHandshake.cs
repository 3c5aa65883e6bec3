using System.Buffers;
using System.Net.Sockets;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Handshake;

/// <summary>A client's way from a connected socket to a channel.</summary>
/// <param name="guard">Whom to trust.</param>
/// <param name="token">What to show, or null.</param>
/// <param name="upgrades">Where channels may move to.</param>
/// <param name="time">The clock.</param>
internal sealed class ClientHandshake(
    PeerGuard guard, string? token, IReadOnlyList<IChannelUpgrade> upgrades, TimeProvider time)
{
    /// <summary>
    /// Shakes hands. The socket belongs to the channel afterwards, and to the caller if this fails; a listener that
    /// this side leaves is told why.
    /// </summary>
    /// <returns>The channel, not started, and what the listener said.</returns>
    /// <exception cref="BridgeException">The listener refuses, is not trusted, or does not speak frames.</exception>
    public async ValueTask<(IFrameChannel Channel, HelloFrame Peer)> RunAsync(
        Socket socket, CancellationToken cancellationToken)
    {
        guard.CheckListener(socket);
        var own = new HelloFrame
        {
            Role = PeerRole.Client,
            Offered = ChannelUpgrades.Offered(upgrades),
            Required = ChannelUpgrades.Required(upgrades),
            Content = new HelloContent { Software = SoftwareName.Value, Pid = Environment.ProcessId, Token = token },
        };
        var output = new ArrayBufferWriter<byte>();
        own.Write(output);
        try
        {
            await ExactFrames.WriteAsync(socket, output.WrittenMemory, cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException)
        {
            // A listener that refuses by user closes without reading; its reason can still be read.
        }

        BridgeException? refusal = null;
        try
        {
            byte[] answer = await ExactFrames.ReadAsync(
                socket, PeerRole.Listener, WireLimits.MaxHelloBytes, cancellationToken).ConfigureAwait(false);
            refusal = RefusalIn(answer);
            HelloFrame peer = refusal is null ? Read(answer) : throw refusal;
            ChannelUpgrades.CheckRequired(own, peer);
            var context = new UpgradeContext
                { Socket = socket, Role = PeerRole.Client, Own = own, Peer = peer, Time = time };
            IFrameChannel channel =
                await ChannelUpgrades.ConnectAsync(upgrades, context, cancellationToken).ConfigureAwait(false)
                ?? new SocketFrameChannel(socket, PeerRole.Listener, own.MaxFrameBytes, time);
            return (channel, peer);
        }
        catch (BridgeException e) when (refusal is null && e.Failure != BridgeFailure.ConnectionLost)
        {
            await ExactFrames.TellAsync(socket, e, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private static BridgeException? RefusalIn(byte[] frame) =>
        ExactFrames.HeaderOf(frame, PeerRole.Listener).Type == FrameType.Error
        && ErrorFrame.Read(frame, out ErrorFrame error) is null
            ? new BridgeException(Codes.FailureOf(error.Code), FailureStage.Connect,
                $"The listener refuses the connection: {error.ToException("").Message}") : null;

    private static HelloFrame Read(byte[] frame)
    {
        HelloFrame? hello = null;
        FrameFault? fault = ExactFrames.HeaderOf(frame, PeerRole.Listener).Type == FrameType.Hello
            ? HelloFrame.Read(frame, PeerRole.Listener, out hello)
            : FrameFault.Protocol("The listener did not answer with HELLO.");
        return hello ?? throw ExactFrames.Refuse(fault!);
    }
}
