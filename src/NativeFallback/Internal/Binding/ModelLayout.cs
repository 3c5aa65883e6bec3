namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>The one field of <c>llama_model_params</c> that is set; its place has never changed.</summary>
internal static class ModelLayout
{
    /// <summary>Offset of n_gpu_layers, behind two pointers.</summary>
    public const int GpuLayers = 16;

    private const int SplitMode = 20;
    private const int SplitByLayer = 1;

    /// <summary>Whether the library's default values lie where they are expected.</summary>
    /// <param name="defaults">What llama_model_default_params returned.</param>
    public static bool Fits(ParamBlob defaults)
    {
        for (int i = 0; i < GpuLayers; i++)
        {
            if (defaults.ReadByte(i) != 0)
            {
                return false;
            }
        }

        return defaults.ReadInt32(SplitMode) == SplitByLayer && defaults.ReadInt32(GpuLayers) is >= -1 and <= 999;
    }
}
