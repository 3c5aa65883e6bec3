namespace ThemisBridge.Transports.SharedMemory;

/// <summary>Whether connections move from the Unix socket to shared memory.</summary>
public enum SharedMemoryMode
{
    /// <summary>They do where both sides offer it, and stay on the socket where not.</summary>
    On,

    /// <summary>They stay on the socket.</summary>
    Off,

    /// <summary>A connection that cannot move is refused.</summary>
    Require,
}
