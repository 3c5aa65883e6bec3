using Microsoft.Extensions.Logging;

namespace ThemisBridge.Transports.Http;

/// <summary>What the HTTP transport logs; ids 2000 to 2999. Never a key, a header's value, a prompt or an
/// answer.</summary>
internal static partial class HttpLog
{
    [LoggerMessage(2000, LogLevel.Debug, "{Backend}: {Route} failed in stage {Stage} with {Failure}: {Reason}")]
    public static partial void CallFailed(
        this ILogger logger, string backend, string route, string stage, string failure, string reason);

    [LoggerMessage(2002, LogLevel.Debug, "{Backend}: a kept connection was closed; {Route} is sent again on a new one")]
    public static partial void StaleConnection(this ILogger logger, string backend, string route);

    [LoggerMessage(
        2003, LogLevel.Information, "{Backend}: vLLM {Version}, token endpoint {Tokens}, abort by id {Abort}")]
    public static partial void ServerKnown(
        this ILogger logger, string backend, string version, bool tokens, bool abort);

    [LoggerMessage(2004, LogLevel.Debug, "{Backend}: abort of {Id} failed: {Reason}")]
    public static partial void AbortFailed(this ILogger logger, string backend, string id, string reason);

    [LoggerMessage(2005, LogLevel.Information, "{Backend}: adapter {Name} is loaded")]
    public static partial void AdapterLoaded(this ILogger logger, string backend, string name);

    [LoggerMessage(2006, LogLevel.Information, "{Backend}: adapter {Name} is unloaded")]
    public static partial void AdapterUnloaded(this ILogger logger, string backend, string name);

    [LoggerMessage(
        2007, LogLevel.Warning, "{Backend}: the server does not know adapter {Name} any more; loading again")]
    public static partial void AdapterMissing(this ILogger logger, string backend, string name);

    [LoggerMessage(2008, LogLevel.Warning, "{Backend}: adapter {Name} could not be unloaded: {Reason}")]
    public static partial void AdapterNotUnloaded(this ILogger logger, string backend, string name, string reason);

    [LoggerMessage(2001, LogLevel.Information, "{Backend}: serves {Models}")]
    public static partial void ModelsKnown(this ILogger logger, string backend, string models);
}
