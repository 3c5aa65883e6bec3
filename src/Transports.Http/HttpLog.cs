using Microsoft.Extensions.Logging;

namespace ThemisBridge.Transports.Http;

/// <summary>What the HTTP transport logs; ids 2000 to 2999. Never a key, a header's value, a prompt or an
/// answer.</summary>
internal static partial class HttpLog
{
    [LoggerMessage(2000, LogLevel.Debug, "{Backend}: {Route} failed in stage {Stage} with {Failure}: {Reason}")]
    public static partial void CallFailed(
        this ILogger logger, string backend, string route, string stage, string failure, string reason);

    [LoggerMessage(2001, LogLevel.Information, "{Backend}: serves {Models}")]
    public static partial void ModelsKnown(this ILogger logger, string backend, string models);
}
