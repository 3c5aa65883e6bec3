namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>HTTP over TLS.</summary>
public sealed class TlsHarness() : HttpHarness(HttpSocket.Tls);
