namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>
/// Where the fields of <c>llama_context_params</c> lie. The struct has grown in its middle several times within a year,
/// so its layout is recognised by the library's own default values; a library that fits none is refused.
/// </summary>
/// <param name="Threads">Offset of n_threads; n_threads_batch follows.</param>
/// <param name="Pooling">Offset of pooling_type.</param>
/// <param name="Flags">Offset of the block of booleans, which starts with embeddings.</param>
/// <param name="OutputsMax">Offset of n_outputs_max, or null where the library has none.</param>
internal sealed record ContextLayout(int Threads, int Pooling, int Flags, int? OutputsMax)
{
    // The same in every release.
    public const int ContextTokens = 0;
    public const int Batch = 4;
    public const int MicroBatch = 8;
    public const int Sequences = 12;

    // By the offset of rope_scaling_type, the first of four enums whose default is -1: releases b8390, c0c7e147, b9842,
    // and b10361 with all that followed.
    private static readonly (int Enums, ContextLayout Layout)[] Known =
    [
        (24, new ContextLayout(16, 28, 112, null)),
        (32, new ContextLayout(20, 36, 120, null)),
        (36, new ContextLayout(24, 40, 128, 20)),
        (40, new ContextLayout(28, 44, 128, 20)),
    ];

    // embeddings, offload_kqv, no_perf, op_offload, swa_full, kv_unified
    private static readonly byte[] DefaultFlags = [0, 1, 1, 1, 1, 0];

    /// <summary>The layout that these default values show, or null when it is none of the known ones.</summary>
    /// <param name="defaults">What llama_context_default_params returned.</param>
    public static ContextLayout? Recognise(ParamBlob defaults)
    {
        foreach ((int enums, ContextLayout layout) in Known)
        {
            if (layout.Fits(defaults, enums))
            {
                return layout;
            }
        }

        return null;
    }

    private bool Fits(ParamBlob defaults, int enums)
    {
        int threads = defaults.ReadInt32(Threads);
        bool fits = defaults.ReadInt32(ContextTokens) == 512
            && defaults.ReadInt32(Batch) == 2048
            && defaults.ReadInt32(MicroBatch) == 512
            && defaults.ReadInt32(Sequences) == 1
            && threads is > 0 and <= 512
            && defaults.ReadInt32(Threads + sizeof(int)) == threads
            && defaults.ReadInt32(enums - sizeof(int)) != -1
            && defaults.ReadInt32(enums + 4 * sizeof(int)) == 0;
        for (int i = 0; i < 4; i++)
        {
            fits &= defaults.ReadInt32(enums + i * sizeof(int)) == -1;
        }

        for (int i = 0; i < DefaultFlags.Length; i++)
        {
            fits &= defaults.ReadByte(Flags + i) == DefaultFlags[i];
        }

        return fits;
    }
}
