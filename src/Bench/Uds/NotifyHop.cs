using System.Threading.Channels;

namespace ThemisBridge.Bench.Uds;

/// <summary>The way of a moment from one thread to whoever awaits it.</summary>
internal static class NotifyHop
{
    /// <summary>A new one, for one writer and one reader.</summary>
    public static Channel<long> New() => Channel.CreateUnbounded<long>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
}
