namespace ThemisBridge.Transports.Http.Answers;

/// <summary>The forms of a successful response.</summary>
internal enum ResponseKind
{
    /// <summary>Server-sent events.</summary>
    Events,

    /// <summary>One JSON object.</summary>
    Json,
}
