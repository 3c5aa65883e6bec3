namespace ThemisBridge.Core.Failures;

/// <summary>
/// Why a request did not succeed: the closed list of causes. Where it happened is <see cref="FailureStage"/>.
/// Every backend translates its platform's errors into one of these, once, where they arise.
/// </summary>
public enum BridgeFailure
{
    /// <summary>The request itself is wrong (a value out of range, an empty prompt). The caller must change
    /// it.</summary>
    InvalidRequest,

    /// <summary>The request asks for something that the backend cannot do; the message names the option.</summary>
    UnsupportedOption,

    /// <summary>Prompt and requested output do not fit into the model's context.</summary>
    ContextLengthExceeded,

    /// <summary>No route, or no engine of the route, knows the model.</summary>
    UnknownModel,

    /// <summary>The model has no adapter of that name.</summary>
    UnknownAdapter,

    /// <summary>The backend wants credentials, or refuses those it was given.</summary>
    Unauthorized,

    /// <summary>A message, body, queue or count is over a documented limit.</summary>
    LimitExceeded,

    /// <summary>A model or adapter file is missing, damaged or of an unknown kind.</summary>
    InvalidModelFile,

    /// <summary>The native inference library is missing, does not load, or has a layout this program does not
    /// know.</summary>
    NativeLibraryUnavailable,

    /// <summary>The engine could not load the model or adapter, although its file looks sound.</summary>
    ModelLoadFailed,

    /// <summary>Nobody listens at the address, or the connection could not be made.</summary>
    ConnectionFailed,

    /// <summary>The connection broke, or the answer ended before its engine said that it was complete.</summary>
    ConnectionLost,

    /// <summary>The peer sent something that its protocol does not allow.</summary>
    ProtocolViolation,

    /// <summary>The engine is at its limit now and may answer later. Back-pressure, not a fault.</summary>
    Busy,

    /// <summary>The engine is shutting down and takes no new requests.</summary>
    Draining,

    /// <summary>The engine stopped the request although nobody here asked for it.</summary>
    AbortedByEngine,

    /// <summary>The engine reported an error of its own, or died.</summary>
    EngineFailed,

    /// <summary>A time budget ran out: connect, first token, idle or total.</summary>
    DeadlineExceeded,

    /// <summary>The route's engines are all out of reach or unable to serve this request.</summary>
    NoEligibleBackend,
}
