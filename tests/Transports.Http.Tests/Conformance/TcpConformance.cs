using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>What every transport does alike, over TCP.</summary>
public static class TcpConformance
{
    public sealed class Backpressure : BackpressureConformance<TcpHarness>;

    public sealed class Cancellation : CancellationConformance<TcpHarness>;

    public sealed class Deadline : DeadlineConformance<TcpHarness>;

    public sealed class Drain : DrainConformance<TcpHarness>;

    public sealed class Failure : FailureConformance<TcpHarness>;

    public sealed class Limits : LimitsConformance<TcpHarness>;

    public sealed class Order : OrderConformance<TcpHarness>;

    public sealed class Reconnect : ReconnectConformance<TcpHarness>;

    public sealed class Streaming : StreamingConformance<TcpHarness>;

    public sealed class Telemetry : TelemetryConformance<TcpHarness>;

    public sealed class Unary : UnaryConformance<TcpHarness>;
}
