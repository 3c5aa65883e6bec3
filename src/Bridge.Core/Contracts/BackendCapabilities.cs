namespace ThemisBridge.Core.Contracts;

/// <summary>What a backend can do. The router asks only backends that can honour every option of a request.</summary>
public sealed record BackendCapabilities
{
    /// <summary>Everything it can honour.</summary>
    public required BackendFeatures Features { get; init; }

    /// <summary>The most stop strings it takes.</summary>
    public int MaxStopStrings { get; init; } = RequestLimits.MaxStopStrings;

    /// <summary>The most alternatives per token it reports.</summary>
    public int MaxLogprobs { get; init; } = RequestLimits.MaxLogprobs;
}
