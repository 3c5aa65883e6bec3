using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Handshake;

/// <summary>The registered upgrades, and which of them two sides agree on.</summary>
internal static class ChannelUpgrades
{
    public static WireFeatures Offered(IReadOnlyList<IChannelUpgrade> upgrades) =>
        upgrades.Aggregate(WireFeatures.None, (all, upgrade) => all | upgrade.Feature);

    public static WireFeatures Required(IReadOnlyList<IChannelUpgrade> upgrades) =>
        upgrades.Where(upgrade => upgrade.IsRequired)
            .Aggregate(WireFeatures.None, (all, upgrade) => all | upgrade.Feature);

    /// <summary>Whether each side offers what the other requires.</summary>
    /// <exception cref="BridgeException">One does not.</exception>
    public static void CheckRequired(HelloFrame own, HelloFrame peer)
    {
        if ((peer.Required & ~own.Offered) != 0)
        {
            throw new BridgeException(BridgeFailure.ProtocolViolation, FailureStage.Connect,
                $"The peer requires {peer.Required & ~own.Offered}, which is not offered here. Switch it on, or do not require it there.");
        }

        if ((own.Required & ~peer.Offered) != 0)
        {
            throw new BridgeException(BridgeFailure.ProtocolViolation, FailureStage.Connect,
                $"The peer does not offer {own.Required & ~peer.Offered}, which is required here. Switch it on there, or do not require it.");
        }
    }

    /// <summary>The client's part of the agreed upgrade; null when there is none, or it is declined.</summary>
    public static async ValueTask<IFrameChannel?> ConnectAsync(
        IReadOnlyList<IChannelUpgrade> upgrades, UpgradeContext context, CancellationToken cancellationToken) =>
        Agreed(upgrades, context) is { } upgrade
            ? Settle(upgrade, await upgrade.ConnectAsync(context, cancellationToken).ConfigureAwait(false)) : null;

    /// <summary>The listener's part of the agreed upgrade; null when there is none, or it is declined.</summary>
    public static async ValueTask<IFrameChannel?> AcceptAsync(
        IReadOnlyList<IChannelUpgrade> upgrades, UpgradeContext context, CancellationToken cancellationToken) =>
        Agreed(upgrades, context) is { } upgrade
            ? Settle(upgrade, await upgrade.AcceptAsync(context, cancellationToken).ConfigureAwait(false)) : null;

    private static IChannelUpgrade? Agreed(IReadOnlyList<IChannelUpgrade> upgrades, UpgradeContext context) =>
        upgrades.FirstOrDefault(upgrade => (upgrade.Feature & context.Own.Offered & context.Peer.Offered) != 0);

    private static IFrameChannel? Settle(IChannelUpgrade upgrade, IFrameChannel? channel) =>
        channel is null && upgrade.IsRequired
            ? throw new BridgeException(BridgeFailure.ConnectionFailed, FailureStage.Connect,
                $"{upgrade.Feature} was declined, and it is required here. Look at the peer's log, or do not require it.")
            : channel;
}
