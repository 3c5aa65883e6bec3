namespace ThemisBridge.Core.Gguf;

/// <summary>Where a tensor lies in a GGUF file and what it is.</summary>
public sealed record GgufTensor
{
    /// <summary>Its name, such as <c>blk.0.attn_q.weight</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its extents, fastest first; each at least 1; one to four of them.</summary>
    public required IReadOnlyList<long> Dimensions { get; init; }

    /// <summary>The number of its type (<c>ggml_type</c>).</summary>
    public required int TypeId { get; init; }

    /// <summary>The name of its type, such as <c>F16</c> or <c>Q8_0</c>.</summary>
    public required string TypeName { get; init; }

    /// <summary>Where its bytes start, from the beginning of the file.</summary>
    public required long FileOffset { get; init; }

    /// <summary>How many bytes it has, padding not counted.</summary>
    public required long ByteLength { get; init; }
}
