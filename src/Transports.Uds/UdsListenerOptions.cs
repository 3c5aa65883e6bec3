namespace ThemisBridge.Transports.Uds;

/// <summary>How a <see cref="UdsListener"/> listens.</summary>
public sealed class UdsListenerOptions
{
    /// <summary>The absolute path of the socket, at most 107 bytes. Its folder is made with mode 0700 when it is
    /// missing.</summary>
    public required string Path { get; set; }

    /// <summary>Users that may connect beside our own. Each must show <see cref="Token"/>.</summary>
    public IList<uint> AllowedUids { get; } = [];

    /// <summary>The group that socket and folder are given when other users may connect; null leaves it as it
    /// is.</summary>
    public uint? Group { get; set; }

    /// <summary>The bearer token that listed users must show; null refuses them all.</summary>
    public string? Token { get; set; }

    /// <summary>How many connections may be open at once. Default: 64.</summary>
    public int MaxConnections { get; set; } = 64;

    /// <summary>How many requests may be open on a connection, 1 to 65,535. Default: 1,024.</summary>
    public int MaxRequests { get; set; } = 1024;

    /// <summary>
    /// How many bytes of requests all connections together may hold; beyond it requests are refused as busy. Default:
    /// 256 MiB.
    /// </summary>
    public long MaxOpenRequestBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>How long a client may take to shake hands. Default: 5 seconds.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After how long a silence a client is pinged. Default: 5 seconds.</summary>
    public TimeSpan PingAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a client that was pinged, or does not take what is sent, may say nothing before it counts as dead.
    /// Default: 10 seconds.
    /// </summary>
    public TimeSpan SilenceTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The first thing that is wrong, with what was expected; null when nothing is.</summary>
    public string? FindFault() => Composition.UdsOptionsCheck.FaultOf(this);
}
