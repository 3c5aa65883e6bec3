namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>HTTP over a Unix socket.</summary>
public sealed class UnixHarness() : HttpHarness(HttpSocket.Unix);
