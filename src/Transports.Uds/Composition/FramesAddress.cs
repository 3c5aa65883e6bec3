using ThemisBridge.Transports.Uds.Handshake;

namespace ThemisBridge.Transports.Uds.Composition;

/// <summary>An address <c>frames+unix://PATH</c>.</summary>
internal static class FramesAddress
{
    public const string Scheme = "frames+unix";

    private const string Prefix = Scheme + "://";

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address.</param>
    /// <param name="path">The socket's path, or empty.</param>
    /// <returns>Null, or what was expected.</returns>
    public static string? TryParse(string text, out string path)
    {
        bool hasPrefix = text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
        path = hasPrefix ? text[Prefix.Length..] : "";
        return hasPrefix ? SocketPath.FaultOf(path) : $"expected {Prefix}/PATH, such as frames+unix:///run/themis/engine.sock.";
    }
}
