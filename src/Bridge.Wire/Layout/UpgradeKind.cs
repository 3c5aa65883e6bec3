namespace ThemisBridge.Wire.Layout;

/// <summary>Where a channel can move to.</summary>
public enum UpgradeKind : byte
{
    /// <summary>Rings in a sealed memory file.</summary>
    SharedMemory = 1,
}
