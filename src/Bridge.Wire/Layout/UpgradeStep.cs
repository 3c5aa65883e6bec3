namespace ThemisBridge.Wire.Layout;

/// <summary>The steps of an upgrade, in their order; decline ends it at any of them.</summary>
public enum UpgradeStep : byte
{
    /// <summary>The listener says where to.</summary>
    Offer = 1,

    /// <summary>The client has seen it and shows that it has.</summary>
    Accept = 2,

    /// <summary>The listener has seen that; the next frame travels elsewhere.</summary>
    Confirm = 3,

    /// <summary>The channel stays where it is.</summary>
    Decline = 4,
}
