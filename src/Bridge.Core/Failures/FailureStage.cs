namespace ThemisBridge.Core.Failures;

/// <summary>How far a request had come when it failed.</summary>
public enum FailureStage
{
    /// <summary>Before a connection stood; the engine knows nothing of the request.</summary>
    Connect,

    /// <summary>The request was offered and not accepted, or was refused before it left this process.</summary>
    Admit,

    /// <summary>Accepted, but the first chunk had not arrived.</summary>
    Prefill,

    /// <summary>At least one chunk had arrived.</summary>
    Stream,
}
