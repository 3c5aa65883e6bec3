namespace ThemisBridge.Bench.Peers;

/// <summary>The words of the lines between the two processes: word, tab, value.</summary>
internal static class PeerLine
{
    /// <summary>To the peer: serve the subject of this name, once more.</summary>
    public const string Serve = "serve";

    /// <summary>From the peer: it is served at this address.</summary>
    public const string Ready = "ready";

    /// <summary>From the peer: it is not, for this reason.</summary>
    public const string Failed = "failed";

    /// <summary>
    /// To any process of the far side: end. An input that closes without it means that the harness died.
    /// </summary>
    public const string End = "end";
}
