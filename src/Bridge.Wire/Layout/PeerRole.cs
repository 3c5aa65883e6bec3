namespace ThemisBridge.Wire.Layout;

/// <summary>Which side of a connection somebody is.</summary>
public enum PeerRole : byte
{
    /// <summary>Has requests.</summary>
    Client = 1,

    /// <summary>Has an engine.</summary>
    Listener = 2,
}
