namespace ThemisBridge.Wire.Layout;

/// <summary>What an ADMIN asks.</summary>
public enum AdminOperation : byte
{
    /// <summary>Whether the engine works, and what it serves.</summary>
    Health = 1,

    /// <summary>Prometheus exposition.</summary>
    Metrics = 2,

    /// <summary>Load an adapter.</summary>
    AdapterLoad = 3,

    /// <summary>Unload an adapter.</summary>
    AdapterUnload = 4,

    /// <summary>The adapters of a model.</summary>
    AdapterList = 5,
}
