using System.Buffers;
using System.Net.Sockets;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Handshake;

/// <summary>A listener's way from an accepted socket to a channel.</summary>
/// <param name="guard">Whom to let in.</param>
/// <param name="maxRequests">How many requests may be open on a connection.</param>
/// <param name="upgrades">Where channels may move to.</param>
/// <param name="time">The clock.</param>
internal sealed class ListenerHandshake(
    PeerGuard guard, int maxRequests, IReadOnlyList<IChannelUpgrade> upgrades, TimeProvider time)
{
    /// <summary>
    /// Shakes hands. The socket belongs to the channel afterwards, and to the caller if this fails; the client is told
    /// why.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="served">What is served.</param>
    /// <param name="cancellationToken">Ends with the handshake's time.</param>
    /// <returns>The channel, not started, and what the client said.</returns>
    /// <exception cref="BridgeException">The client is not let in, or does not speak frames.</exception>
    public async ValueTask<(IFrameChannel Channel, HelloFrame Peer)> RunAsync(
        Socket socket, BackendDescriptor served, CancellationToken cancellationToken)
    {
        try
        {
            bool mustShowToken = guard.CheckClient(socket);
            byte[] frame = await ExactFrames
                .ReadAsync(socket, PeerRole.Client, WireLimits.MaxHelloBytes, cancellationToken).ConfigureAwait(false);
            HelloFrame peer = Read(frame);
            if (mustShowToken)
            {
                guard.CheckToken(peer.Content.Token);
            }

            HelloFrame own = Describe(served);
            ChannelUpgrades.CheckRequired(own, peer);
            var output = new ArrayBufferWriter<byte>();
            own.Write(output);
            await ExactFrames.WriteAsync(socket, output.WrittenMemory, cancellationToken).ConfigureAwait(false);
            var context = new UpgradeContext
                { Socket = socket, Role = PeerRole.Listener, Own = own, Peer = peer, Time = time };
            IFrameChannel channel =
                await ChannelUpgrades.AcceptAsync(upgrades, context, cancellationToken).ConfigureAwait(false)
                ?? new SocketFrameChannel(socket, PeerRole.Client, own.MaxFrameBytes, time);
            return (channel, peer);
        }
        catch (BridgeException e) when (e.Failure != BridgeFailure.ConnectionLost)
        {
            await ExactFrames.TellAsync(socket, e, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private static HelloFrame Read(byte[] frame)
    {
        HelloFrame? hello = null;
        FrameFault? fault = ExactFrames.HeaderOf(frame, PeerRole.Client).Type == FrameType.Hello
            ? HelloFrame.Read(frame, PeerRole.Client, out hello)
            : FrameFault.Protocol("The first frame was not HELLO.");
        return hello ?? throw ExactFrames.Refuse(fault!);
    }

    private HelloFrame Describe(BackendDescriptor served) => new()
    {
        Role = PeerRole.Listener,
        Offered = ChannelUpgrades.Offered(upgrades),
        Required = ChannelUpgrades.Required(upgrades),
        MaxRequests = maxRequests,
        Capabilities = CapabilityBits.Of(served.Capabilities.Features),
        Content = new HelloContent
        {
            Software = SoftwareName.Value,
            Pid = Environment.ProcessId,
            Engine = served.Id,
            MaxStopStrings = served.Capabilities.MaxStopStrings,
            MaxLogprobs = served.Capabilities.MaxLogprobs,
            Models = [.. served.Models.Select(ModelContent.Of)],
        },
    };
}
