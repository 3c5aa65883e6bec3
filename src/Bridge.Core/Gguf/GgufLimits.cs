namespace ThemisBridge.Core.Gguf;

/// <summary>What a GGUF header may claim at most, checked before anything is allocated for it. Real files stay far
/// below.</summary>
internal static class GgufLimits
{
    /// <summary>The most metadata entries.</summary>
    public const long MaxKeyValues = 65_536;

    /// <summary>The most tensors.</summary>
    public const long MaxTensors = 1_048_576;

    /// <summary>The longest key in bytes (GGUF specification: 2¹⁶−1).</summary>
    public const long MaxKeyBytes = 65_535;

    /// <summary>The longest tensor name in bytes (GGML_MAX_NAME less its terminator).</summary>
    public const long MaxTensorNameBytes = 63;

    /// <summary>The bytes of all text values together. An embedded tokenizer.json is the largest that occurs.</summary>
    public const long MaxTextBytes = 64 * 1024 * 1024;

    /// <summary>The most elements of an array (ggml's own limit).</summary>
    public const long MaxArrayElements = 1L << 30;

    /// <summary>The most dimensions of a tensor (GGML_MAX_DIMS).</summary>
    public const uint MaxDimensions = 4;

    /// <summary>The largest alignment of tensors in bytes.</summary>
    public const long MaxAlignment = 1024 * 1024;
}
