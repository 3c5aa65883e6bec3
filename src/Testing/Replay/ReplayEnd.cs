namespace ThemisBridge.Testing.Replay;

/// <summary>What a <see cref="ReplayServer"/> does with a connection after the last byte of a response.</summary>
public enum ReplayEnd
{
    /// <summary>Waits for the next request on the same connection.</summary>
    KeepAlive,

    /// <summary>Closes it in order (FIN).</summary>
    Close,

    /// <summary>Closes it with a reset (RST). What the client has not read by then may be lost to it.</summary>
    Reset,

    /// <summary>Keeps it open and says nothing more until the client leaves or the server is disposed.</summary>
    Hold,
}
