namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>What HTTP is spoken over.</summary>
public enum HttpSocket
{
    Tcp,
    Tls,
    Unix,
}
