namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>When a side of a connection becomes restless.</summary>
/// <param name="PingAfter">After how long a silence it pings.</param>
/// <param name="Silence">How long a pinged peer, or one that takes nothing, may say nothing.</param>
internal readonly record struct ConnectionTimes(TimeSpan PingAfter, TimeSpan Silence);
