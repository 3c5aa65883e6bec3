using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Wire.Layout;

/// <summary>Core's enumerations as the numbers of the wire, and back.</summary>
public static class Codes
{
    /// <summary>The code of a failure.</summary>
    /// <param name="failure">The failure.</param>
    public static FailureCode Of(BridgeFailure failure) => failure switch
    {
        BridgeFailure.InvalidRequest => FailureCode.InvalidRequest,
        BridgeFailure.UnsupportedOption => FailureCode.UnsupportedOption,
        BridgeFailure.ContextLengthExceeded => FailureCode.ContextLengthExceeded,
        BridgeFailure.UnknownModel => FailureCode.UnknownModel,
        BridgeFailure.UnknownAdapter => FailureCode.UnknownAdapter,
        BridgeFailure.Unauthorized => FailureCode.Unauthorized,
        BridgeFailure.LimitExceeded => FailureCode.LimitExceeded,
        BridgeFailure.InvalidModelFile => FailureCode.InvalidModelFile,
        BridgeFailure.NativeLibraryUnavailable => FailureCode.NativeLibraryUnavailable,
        BridgeFailure.ModelLoadFailed => FailureCode.ModelLoadFailed,
        BridgeFailure.ConnectionFailed => FailureCode.ConnectionFailed,
        BridgeFailure.ConnectionLost => FailureCode.ConnectionLost,
        BridgeFailure.ProtocolViolation => FailureCode.ProtocolViolation,
        BridgeFailure.Busy => FailureCode.Busy,
        BridgeFailure.Draining => FailureCode.Draining,
        BridgeFailure.AbortedByEngine => FailureCode.AbortedByEngine,
        BridgeFailure.DeadlineExceeded => FailureCode.DeadlineExceeded,
        BridgeFailure.NoEligibleBackend => FailureCode.NoEligibleBackend,
        _ => FailureCode.EngineFailed,
    };

    /// <summary>
    /// The failure of a code. A request that somebody else cancelled was aborted by the engine, as far as its caller
    /// can tell; a code of a later version is <see cref="BridgeFailure.EngineFailed"/>.
    /// </summary>
    /// <param name="code">The code.</param>
    public static BridgeFailure FailureOf(FailureCode code) => code switch
    {
        FailureCode.InvalidRequest => BridgeFailure.InvalidRequest,
        FailureCode.UnsupportedOption => BridgeFailure.UnsupportedOption,
        FailureCode.ContextLengthExceeded => BridgeFailure.ContextLengthExceeded,
        FailureCode.UnknownModel => BridgeFailure.UnknownModel,
        FailureCode.UnknownAdapter => BridgeFailure.UnknownAdapter,
        FailureCode.Unauthorized => BridgeFailure.Unauthorized,
        FailureCode.LimitExceeded => BridgeFailure.LimitExceeded,
        FailureCode.InvalidModelFile => BridgeFailure.InvalidModelFile,
        FailureCode.NativeLibraryUnavailable => BridgeFailure.NativeLibraryUnavailable,
        FailureCode.ModelLoadFailed => BridgeFailure.ModelLoadFailed,
        FailureCode.ConnectionFailed => BridgeFailure.ConnectionFailed,
        FailureCode.ConnectionLost => BridgeFailure.ConnectionLost,
        FailureCode.ProtocolViolation => BridgeFailure.ProtocolViolation,
        FailureCode.Busy => BridgeFailure.Busy,
        FailureCode.Draining => BridgeFailure.Draining,
        FailureCode.AbortedByEngine or FailureCode.Cancelled => BridgeFailure.AbortedByEngine,
        FailureCode.DeadlineExceeded => BridgeFailure.DeadlineExceeded,
        FailureCode.NoEligibleBackend => BridgeFailure.NoEligibleBackend,
        _ => BridgeFailure.EngineFailed,
    };

    /// <summary>The code of a stage.</summary>
    /// <param name="stage">The stage.</param>
    public static StageCode Of(FailureStage stage) => stage switch
    {
        FailureStage.Connect => StageCode.Connect,
        FailureStage.Admit => StageCode.Admit,
        FailureStage.Prefill => StageCode.Prefill,
        _ => StageCode.Stream,
    };

    /// <summary>The stage of a code.</summary>
    /// <param name="code">The code.</param>
    public static FailureStage StageOf(StageCode code) => code switch
    {
        StageCode.Connect => FailureStage.Connect,
        StageCode.Admit => FailureStage.Admit,
        StageCode.Prefill => FailureStage.Prefill,
        _ => FailureStage.Stream,
    };

    /// <summary>The code of a finish reason.</summary>
    /// <param name="reason">The reason.</param>
    public static FinishCode Of(FinishReason reason) => reason switch
    {
        FinishReason.Stop => FinishCode.Stop,
        FinishReason.Length => FinishCode.Length,
        FinishReason.ToolCalls => FinishCode.ToolCalls,
        _ => FinishCode.Repetition,
    };

    /// <summary>The finish reason of a code other than <see cref="FinishCode.None"/>.</summary>
    /// <param name="code">The code.</param>
    public static FinishReason ReasonOf(FinishCode code) => code switch
    {
        FinishCode.Stop => FinishReason.Stop,
        FinishCode.Length => FinishReason.Length,
        FinishCode.ToolCalls => FinishReason.ToolCalls,
        _ => FinishReason.Repetition,
    };
}
