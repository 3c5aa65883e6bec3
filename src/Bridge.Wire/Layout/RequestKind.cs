namespace ThemisBridge.Wire.Layout;

/// <summary>What a handle is used for.</summary>
public enum RequestKind : byte
{
    /// <summary>An ADMIN frame; never in a REQUEST.</summary>
    Admin = 0,

    /// <summary>Generation.</summary>
    Generate = 1,

    /// <summary>Vectors of texts or token ids.</summary>
    Embed = 2,

    /// <summary>Text or chat to token ids.</summary>
    Tokenize = 3,

    /// <summary>Token ids to text.</summary>
    Detokenize = 4,
}
