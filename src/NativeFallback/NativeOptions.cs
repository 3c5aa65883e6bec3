namespace ThemisBridge.NativeFallback;

/// <summary>The configuration of the engine in this process.</summary>
public sealed class NativeOptions
{
    /// <summary>The folder with llama.cpp's libraries. The environment variable <c>THEMIS_LLAMA_NATIVES</c> overrides
    /// it;
    /// without both it is <c>natives</c> beside the program.</summary>
    public string? NativesPath { get; set; }

    /// <summary>The models by the names that requests use. A model is loaded when it is first asked for.</summary>
    public Dictionary<string, NativeModelOptions> Models { get; set; } = [];

    /// <summary>How many requests on one model may wait before more are refused as busy. Default: 64.</summary>
    public int QueueLimit { get; set; } = 64;

    /// <summary>How many requests on one model run at a time, each with a whole context of its own in memory. More let
    /// a
    /// short answer, or a reader that is not stalled, go on beside others. Default: 4.</summary>
    public int ParallelRequests { get; set; } = 4;

    /// <summary>The most adapters loaded for one model. Default: 16.</summary>
    public int MaxAdapters { get; set; } = 16;

    /// <summary>For how long at least the memory of an adapter or of embeddings is kept after its last use; at most
    /// twice
    /// that. Default: 5 minutes.</summary>
    public TimeSpan ContextIdleLimit { get; set; } = TimeSpan.FromMinutes(5);

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(QueueLimit);
        ArgumentOutOfRangeException.ThrowIfLessThan(ParallelRequests, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ParallelRequests, 64);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxAdapters);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ContextIdleLimit, TimeSpan.Zero);
        foreach ((string name, NativeModelOptions model) in Models)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(model.Path, $"Models:{name}:Path");
        }
    }
}
