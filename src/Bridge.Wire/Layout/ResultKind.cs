namespace ThemisBridge.Wire.Layout;

/// <summary>What a RESULT holds.</summary>
public enum ResultKind : byte
{
    /// <summary>Vectors.</summary>
    Embedding = 1,

    /// <summary>Token ids.</summary>
    Ids = 2,

    /// <summary>Text.</summary>
    Text = 3,

    /// <summary>JSON.</summary>
    Json = 4,
}
