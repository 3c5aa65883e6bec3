using Microsoft.Extensions.Logging;

namespace ThemisBridge.Transports.Uds;

/// <summary>What the Unix-socket transport logs; ids 5000 to 5999. Never a token, a prompt or an answer.</summary>
internal static partial class UdsLog
{
    [LoggerMessage(5000, LogLevel.Information, "{Backend}: connected to {Peer} over {Transport}")]
    public static partial void Connected(this ILogger logger, string backend, string peer, string transport);

    [LoggerMessage(5001, LogLevel.Warning, "{Backend}: cannot connect ({Failure}): {Reason} Requests fail at once for {Milliseconds} ms.")]
    public static partial void ConnectFailed(
        this ILogger logger, string backend, string failure, string reason, double milliseconds);

    [LoggerMessage(5002, LogLevel.Warning, "{Backend}: connection lost ({Failure}): {Reason}")]
    public static partial void ConnectionLost(this ILogger logger, string backend, string failure, string reason);

    [LoggerMessage(5003, LogLevel.Information, "{Backend}: the listener is draining: {Reason}")]
    public static partial void ListenerDrains(this ILogger logger, string backend, string reason);

    [LoggerMessage(5004, LogLevel.Error, "A frame could not be taken in; its connection ends")]
    public static partial void FrameFailed(this ILogger logger, Exception exception);

    [LoggerMessage(5010, LogLevel.Information, "Listening at {Path}")]
    public static partial void Listening(this ILogger logger, string path);

    [LoggerMessage(5011, LogLevel.Information, "Client {Client} connected: {Peer} over {Transport}")]
    public static partial void ClientConnected(this ILogger logger, long client, string peer, string transport);

    [LoggerMessage(5012, LogLevel.Warning, "Client {Client} was refused ({Failure}): {Reason}")]
    public static partial void ClientRefused(this ILogger logger, long client, string failure, string reason);

    [LoggerMessage(5013, LogLevel.Information, "Client {Client} is gone: {Reason}")]
    public static partial void ClientGone(this ILogger logger, long client, string reason);

    [LoggerMessage(5014, LogLevel.Error, "A backend failed in a way it should have described")]
    public static partial void BackendFailed(this ILogger logger, Exception exception);

    [LoggerMessage(5015, LogLevel.Error, "A connection could not be accepted")]
    public static partial void AcceptFailed(this ILogger logger, Exception exception);

    [LoggerMessage(5016, LogLevel.Information, "Draining {Connections} connections for at most {Seconds} s")]
    public static partial void Draining(this ILogger logger, int connections, double seconds);
}
