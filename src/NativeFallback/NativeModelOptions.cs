namespace ThemisBridge.NativeFallback;

/// <summary>One model of <see cref="NativeOptions.Models"/>.</summary>
public sealed class NativeModelOptions
{
    /// <summary>The GGUF file. Required.</summary>
    public string Path { get; set; } = "";

    /// <summary>The context of one request in tokens; null for the smaller of the model's own and 4,096.</summary>
    public int? ContextTokens { get; set; }

    /// <summary>How many layers go to a GPU; 0 for none, null for all where there is a GPU.</summary>
    public int? GpuLayers { get; set; }

    /// <summary>Threads of one decode; null for the physical cores of this process's share less one, at least
    /// 1.</summary>
    public int? Threads { get; set; }
}
