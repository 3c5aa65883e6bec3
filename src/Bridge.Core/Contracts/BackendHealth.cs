namespace ThemisBridge.Core.Contracts;

/// <summary>The answer to a probe.</summary>
/// <param name="IsHealthy">Whether the engine says that it works. No promise that it admits a request.</param>
/// <param name="Detail">What a person should know, such as why not; may be empty. Never a secret.</param>
public sealed record BackendHealth(bool IsHealthy, string Detail)
{
    /// <summary>Requests that run now, or null when not known.</summary>
    public int? Running { get; init; }

    /// <summary>Requests that wait, or null when not known.</summary>
    public int? Waiting { get; init; }

    /// <summary>The used share of the engine's KV cache, 0 to 1, or null when not known.</summary>
    public double? KvCacheUse { get; init; }

    /// <summary>The share of looked up prompt tokens that the prefix cache held, 0 to 1, since the engine's start; or
    /// null when not known.</summary>
    public double? PrefixHitRate { get; init; }

    /// <summary>The adapters that running requests use; empty when there are none or it is not known.</summary>
    public IReadOnlyList<string> Adapters { get; init; } = [];
}
