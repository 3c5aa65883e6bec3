namespace ThemisBridge.Core.Configuration;

/// <summary>One engine: something that makes tokens, and the ways to reach it.</summary>
public sealed class EngineOptions
{
    /// <summary>Its addresses, best first; at least one.</summary>
    public IList<string> Ladder { get; } = [];

    /// <summary>Public model name to the name the engine serves it under; a public name that is missing here is sent as
    /// it is.</summary>
    public IDictionary<string, string> Models { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
