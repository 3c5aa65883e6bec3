using System.Security.Cryptography.X509Certificates;

namespace ThemisBridge.Testing.Sockets;

/// <summary>Where a server of this package listens, and whether it speaks TLS.</summary>
internal sealed record SocketSettings
{
    /// <summary>A Unix socket, or null for TCP on the loopback address.</summary>
    public string? UnixSocketPath { get; init; }

    /// <summary>The TCP port; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>The certificate of a TLS server; null for plain text.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Judges client certificates; null asks for none.</summary>
    public Func<X509Certificate?, bool>? AcceptsClient { get; init; }
}
