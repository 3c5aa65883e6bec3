using ThemisBridge.Core.Failures;

namespace ThemisBridge.Wire.Layout;

/// <summary>The code of an ERROR: <see cref="BridgeFailure"/> on the wire, and one of its own.</summary>
public enum FailureCode : byte
{
    /// <summary><see cref="BridgeFailure.InvalidRequest"/>.</summary>
    InvalidRequest = 1,

    /// <summary><see cref="BridgeFailure.UnsupportedOption"/>.</summary>
    UnsupportedOption = 2,

    /// <summary><see cref="BridgeFailure.ContextLengthExceeded"/>.</summary>
    ContextLengthExceeded = 3,

    /// <summary><see cref="BridgeFailure.UnknownModel"/>.</summary>
    UnknownModel = 4,

    /// <summary><see cref="BridgeFailure.UnknownAdapter"/>.</summary>
    UnknownAdapter = 5,

    /// <summary><see cref="BridgeFailure.Unauthorized"/>.</summary>
    Unauthorized = 6,

    /// <summary><see cref="BridgeFailure.LimitExceeded"/>.</summary>
    LimitExceeded = 7,

    /// <summary><see cref="BridgeFailure.InvalidModelFile"/>.</summary>
    InvalidModelFile = 8,

    /// <summary><see cref="BridgeFailure.NativeLibraryUnavailable"/>.</summary>
    NativeLibraryUnavailable = 9,

    /// <summary><see cref="BridgeFailure.ModelLoadFailed"/>.</summary>
    ModelLoadFailed = 10,

    /// <summary><see cref="BridgeFailure.ConnectionFailed"/>.</summary>
    ConnectionFailed = 11,

    /// <summary><see cref="BridgeFailure.ConnectionLost"/>.</summary>
    ConnectionLost = 12,

    /// <summary><see cref="BridgeFailure.ProtocolViolation"/>.</summary>
    ProtocolViolation = 13,

    /// <summary><see cref="BridgeFailure.Busy"/>.</summary>
    Busy = 14,

    /// <summary><see cref="BridgeFailure.Draining"/>.</summary>
    Draining = 15,

    /// <summary><see cref="BridgeFailure.AbortedByEngine"/>.</summary>
    AbortedByEngine = 16,

    /// <summary><see cref="BridgeFailure.EngineFailed"/>.</summary>
    EngineFailed = 17,

    /// <summary><see cref="BridgeFailure.DeadlineExceeded"/>.</summary>
    DeadlineExceeded = 18,

    /// <summary><see cref="BridgeFailure.NoEligibleBackend"/>.</summary>
    NoEligibleBackend = 19,

    /// <summary>The client cancelled the request.</summary>
    Cancelled = 20,
}
