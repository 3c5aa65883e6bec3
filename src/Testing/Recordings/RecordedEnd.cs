namespace ThemisBridge.Testing.Recordings;

/// <summary>How the connection of a recorded exchange ended.</summary>
public enum RecordedEnd
{
    /// <summary>The server closed it.</summary>
    ServerClosed,

    /// <summary>The client closed it on purpose.</summary>
    ClientClosed,

    /// <summary>Nothing came any more and the client gave up waiting.</summary>
    ClientGaveUp,
}
