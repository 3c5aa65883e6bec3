namespace ThemisBridge.Transports.Http.Connections;

/// <summary>
/// A kept connection was found closed before any byte of a response: the server gave it up while it was idle, so the
/// request can be sent again at once.
/// </summary>
internal sealed class StaleConnectionException(Exception? inner)
    : IOException("The server had closed the kept connection.", inner);
