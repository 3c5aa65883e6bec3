using Microsoft.Extensions.Logging;

namespace ThemisBridge.Server;

/// <summary>Log messages of Bridge.Server: ids 8000 to 8999.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(8000, LogLevel.Error, "An endpoint failed unexpectedly: {Path}")]
    public static partial void Unexpected(ILogger logger, string path, Exception exception);
}
