namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>HTTP over TCP.</summary>
public sealed class TcpHarness() : HttpHarness(HttpSocket.Tcp);
