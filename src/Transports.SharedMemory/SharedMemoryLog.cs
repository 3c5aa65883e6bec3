using Microsoft.Extensions.Logging;

namespace ThemisBridge.Transports.SharedMemory;

/// <summary>What shared memory logs; ids 4000 to 4999. Connections say themselves which transport they use.</summary>
internal static partial class SharedMemoryLog
{
    [LoggerMessage(4000, LogLevel.Warning, "A connection stays on its socket: {Reason}")]
    public static partial void StaysOnSocket(this ILogger logger, string reason);

    [LoggerMessage(4001, LogLevel.Information,
        "A connection stays on its socket: the peer declined. Its log says why.")]
    public static partial void PeerDeclined(this ILogger logger);
}
