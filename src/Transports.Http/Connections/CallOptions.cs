namespace ThemisBridge.Transports.Http.Connections;

/// <summary>What one call carries beside its body.</summary>
/// <param name="Route">The route, such as <c>/v1/completions</c>.</param>
internal readonly record struct CallOptions(string Route)
{
    /// <summary>The id for <c>X-Request-Id</c>, or null.</summary>
    public string? RequestId { get; init; }

    /// <summary>The W3C trace parent, or null for the current activity's.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The connect budget, or null for the configured one.</summary>
    public TimeSpan? Connect { get; init; }

    /// <summary>Whether the request names an adapter.</summary>
    public bool HasAdapter { get; init; }
}
