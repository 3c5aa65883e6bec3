namespace ThemisBridge.Core.Failures;

/// <summary>What each <see cref="BridgeFailure"/> means for routing and for the faces of a server: the one
/// table.</summary>
public static class FailureTable
{
    /// <summary>
    /// Whether another backend may do better with the same request. True for causes that lie with the backend; false
    /// for those that lie with the request, which would fail everywhere.
    /// </summary>
    /// <param name="failure">The cause.</param>
    public static bool IsBackendAtFault(BridgeFailure failure) => failure switch
    {
        BridgeFailure.InvalidRequest or BridgeFailure.ContextLengthExceeded or BridgeFailure.LimitExceeded
            or BridgeFailure.NoEligibleBackend => false,
        _ => true,
    };

    /// <summary>
    /// Whether the backend should be left alone for a while: it is gone or broken. Being busy or unable to serve one
    /// particular request is no reason to avoid it.
    /// </summary>
    /// <param name="failure">The cause.</param>
    public static bool IsOutage(BridgeFailure failure) => failure switch
    {
        BridgeFailure.ConnectionFailed or BridgeFailure.ConnectionLost or BridgeFailure.ProtocolViolation
            or BridgeFailure.Draining or BridgeFailure.AbortedByEngine or BridgeFailure.EngineFailed
            or BridgeFailure.DeadlineExceeded or BridgeFailure.NativeLibraryUnavailable
            or BridgeFailure.InvalidModelFile or BridgeFailure.ModelLoadFailed or BridgeFailure.Unauthorized => true,
        _ => false,
    };

    /// <summary>The HTTP status with which a server face answers this failure.</summary>
    /// <param name="failure">The cause.</param>
    public static int HttpStatus(BridgeFailure failure) => failure switch
    {
        BridgeFailure.InvalidRequest or BridgeFailure.UnsupportedOption or BridgeFailure.ContextLengthExceeded => 400,
        BridgeFailure.UnknownModel or BridgeFailure.UnknownAdapter => 404,
        BridgeFailure.LimitExceeded => 413,
        BridgeFailure.Busy => 429,
        BridgeFailure.ConnectionFailed or BridgeFailure.Draining or BridgeFailure.NoEligibleBackend
            or BridgeFailure.NativeLibraryUnavailable or BridgeFailure.InvalidModelFile
            or BridgeFailure.ModelLoadFailed => 503,
        BridgeFailure.DeadlineExceeded => 504,
        // A backend that refuses our credentials is our fault, not the caller's.
        _ => 502,
    };
}
