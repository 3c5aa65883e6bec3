using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Telemetry;

/// <summary>Log messages of Bridge.Core: ids 1000 to 1499.</summary>
internal static partial class CoreLog
{
    [LoggerMessage(EventId = 1000,
        Message = "Attempt {AttemptId} on engine {Engine} over {Transport} failed after {Milliseconds:0.0} ms: {Failure}")]
    public static partial void AttemptFailed(
        ILogger logger, LogLevel level, string attemptId, string engine, string transport, BridgeFailure failure,
        double milliseconds);

    [LoggerMessage(1001, LogLevel.Information,
        "{Operation} for model {Model} failed: {Failure} at {Stage} on {Backend}: {Reason}")]
    public static partial void RequestFailed(
        ILogger logger, string operation, string model, BridgeFailure failure, FailureStage stage, string? backend,
        string reason);
}
