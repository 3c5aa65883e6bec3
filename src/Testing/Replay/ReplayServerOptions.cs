using System.Security.Cryptography.X509Certificates;

namespace ThemisBridge.Testing.Replay;

/// <summary>How a <see cref="ReplayServer"/> listens.</summary>
public sealed record ReplayServerOptions
{
    /// <summary>
    /// The path of a Unix socket to listen on, or null for a free TCP port of the loopback address. The file must not
    /// exist; the server removes it when it is disposed.
    /// </summary>
    public string? UnixSocketPath { get; init; }

    /// <summary>The certificate of a TLS server, with its private key; null for plain text.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>
    /// With <see cref="Certificate"/>: asks for a client certificate and ends the connection when this returns false
    /// for what came (null when none did). Null asks for none.
    /// </summary>
    public Func<X509Certificate?, bool>? AcceptsClient { get; init; }

    /// <summary>The clock of the pauses. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
