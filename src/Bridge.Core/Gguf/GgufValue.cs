namespace ThemisBridge.Core.Gguf;

/// <summary>
/// One metadata value. Arrays are checked and measured, but their elements stay in the file: a vocabulary can hold
/// hundreds of thousands of them.
/// </summary>
public sealed record GgufValue
{
    /// <summary>Its type.</summary>
    public required GgufValueType Type { get; init; }

    /// <summary>Where the value starts in the file, in bytes; for an array, where its elements start.</summary>
    public required long FileOffset { get; init; }

    /// <summary>The value of any integer type or <see cref="GgufValueType.Boolean"/> (0 or 1); otherwise null. Unsigned
    /// values above 2⁶³−1 are null too.</summary>
    public long? Integer { get; init; }

    /// <summary>The value of a float type; otherwise null.</summary>
    public double? Float { get; init; }

    /// <summary>The value of <see cref="GgufValueType.Text"/>; otherwise null. Bytes that are no UTF-8 are
    /// U+FFFD.</summary>
    public string? Text { get; init; }

    /// <summary>The type of an array's elements; otherwise null.</summary>
    public GgufValueType? ElementType { get; init; }

    /// <summary>The number of an array's elements; otherwise 0.</summary>
    public long ElementCount { get; init; }
}
