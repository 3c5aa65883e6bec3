namespace ThemisBridge.Core.Contracts;

/// <summary>A model that an engine in this process can load.</summary>
public sealed record ModelSource
{
    /// <summary>The name it is served under.</summary>
    public required string Name { get; init; }

    /// <summary>The GGUF file.</summary>
    public required string Path { get; init; }

    /// <summary>The context in tokens; null for the smaller of the model's own and 4,096.</summary>
    public int? ContextTokens { get; init; }

    /// <summary>How many layers go to a GPU; 0 for none, null for all where there is a GPU.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>Threads of one decode; null for the physical cores of this process's cgroup less one, at least
    /// 1.</summary>
    public int? Threads { get; init; }

    /// <summary>Values for options that a caller leaves out; null for the table.</summary>
    public SamplingOptions? Defaults { get; init; }
}
