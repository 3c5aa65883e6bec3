namespace ThemisBridge.Transports.Http.Answers;

/// <summary>What vLLM's <c>/metrics</c> tell of its load. Null: not told.</summary>
internal sealed record EngineMetrics
{
    /// <summary>Requests that run now, over all engines of the server.</summary>
    public int? Running { get; init; }

    /// <summary>Requests that wait.</summary>
    public int? Waiting { get; init; }

    /// <summary>The used share of the KV cache of the fullest engine, 0 to 1.</summary>
    public double? KvCacheUse { get; init; }

    /// <summary>Prompt tokens looked up in the prefix cache since the start.</summary>
    public double? PrefixQueries { get; init; }

    /// <summary>How many of them were found.</summary>
    public double? PrefixHits { get; init; }

    /// <summary>The adapters in use now.</summary>
    public IReadOnlyList<string> Adapters { get; init; } = [];

    /// <summary>The share of looked up tokens that were found; null before the first.</summary>
    public double? PrefixHitRate => PrefixQueries > 0 ? PrefixHits / PrefixQueries : null;
}
