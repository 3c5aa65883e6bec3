namespace ThemisBridge.Transports.Uds;

/// <summary>How one engine is reached over a Unix socket: the section <c>Engines:{name}:Uds</c>.</summary>
public sealed class UdsBackendOptions
{
    /// <summary>The bearer token for a listener of another user; null for none. Never logged. Better kept in
    /// <see cref="TokenFile"/>.</summary>
    public string? Token { get; set; }

    /// <summary>A file whose first line is the token; read once at the start. Not together with <see
    /// cref="Token"/>.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Users whose listeners are trusted beside our own user's and root's.</summary>
    public IList<uint> PeerUids { get; } = [];

    /// <summary>To connect and shake hands, for a request that brings no connect budget. Default: 2 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>For a probe as a whole. Default: 5 seconds.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// For a call that is no generation (embedding, tokenize, detokenize, adapters) and brings no total budget.
    /// Default: 1 minute.
    /// </summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How many tokens of a request the listener may send ahead of its reader, 16 to 1,048,576. Default: 4,096: a slow
    /// reader costs little memory, a fast one is never waited for.
    /// </summary>
    public int WindowTokens { get; set; } = 4096;

    /// <summary>After how long a silence the listener is pinged. Default: 5 seconds.</summary>
    public TimeSpan PingAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a listener that was pinged, or does not take what is sent, may say nothing before it counts as dead.
    /// Default: 10 seconds.
    /// </summary>
    public TimeSpan SilenceTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// For how long a failed connection is remembered: requests in that time fail at once. Doubles with each failure in
    /// a row, up to <see cref="LongestBackoff"/>. Default: 50 milliseconds.
    /// </summary>
    public TimeSpan FirstBackoff { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest that a failed connection is remembered. Default: 5 seconds.</summary>
    public TimeSpan LongestBackoff { get; set; } = TimeSpan.FromSeconds(5);
}
