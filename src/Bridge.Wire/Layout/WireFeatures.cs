namespace ThemisBridge.Wire.Layout;

/// <summary>What two sides agree on in HELLO; in effect is what both offer.</summary>
[Flags]
public enum WireFeatures : ulong
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The channel may move to shared memory.</summary>
    SharedMemory = 1UL << 0,
}
