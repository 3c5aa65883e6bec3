namespace ThemisBridge.Core.Contracts;

/// <summary>Whether an engine may use its prefix cache for a request.</summary>
public enum CachePolicy
{
    /// <summary>As the engine likes.</summary>
    Default,

    /// <summary>Compute the prompt afresh.</summary>
    Bypass,
}
