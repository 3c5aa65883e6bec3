using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Uds.Client;

/// <summary>The failures of a request that no ERROR tells.</summary>
internal static class CallFailures
{
    /// <summary>A budget ran out.</summary>
    public static BridgeException Expired(string backend, FailureStage stage) =>
        new(BridgeFailure.DeadlineExceeded, stage,
            "A time budget of the request ran out, and it was cancelled in the engine. Raise the budget or look at the engine.")
        { Backend = backend };

    /// <summary>The connection ended.</summary>
    public static BridgeException Lost(string backend, BridgeException end, FailureStage stage) =>
        new(end.Failure, stage, end.Message, end) { Backend = backend };
}
