using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>What every transport does alike, over TLS.</summary>
public static class TlsConformance
{
    public sealed class Backpressure : BackpressureConformance<TlsHarness>;

    public sealed class Cancellation : CancellationConformance<TlsHarness>;

    public sealed class Deadline : DeadlineConformance<TlsHarness>;

    public sealed class Drain : DrainConformance<TlsHarness>;

    public sealed class Failure : FailureConformance<TlsHarness>;

    public sealed class Limits : LimitsConformance<TlsHarness>;

    public sealed class Order : OrderConformance<TlsHarness>;

    public sealed class Reconnect : ReconnectConformance<TlsHarness>;

    public sealed class Streaming : StreamingConformance<TlsHarness>;

    public sealed class Telemetry : TelemetryConformance<TlsHarness>;

    public sealed class Unary : UnaryConformance<TlsHarness>;
}
