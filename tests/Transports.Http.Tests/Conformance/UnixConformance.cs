using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>What every transport does alike, over a Unix socket.</summary>
public static class UnixConformance
{
    public sealed class Backpressure : BackpressureConformance<UnixHarness>;

    public sealed class Cancellation : CancellationConformance<UnixHarness>;

    public sealed class Deadline : DeadlineConformance<UnixHarness>;

    public sealed class Drain : DrainConformance<UnixHarness>;

    public sealed class Failure : FailureConformance<UnixHarness>;

    public sealed class Limits : LimitsConformance<UnixHarness>;

    public sealed class Order : OrderConformance<UnixHarness>;

    public sealed class Reconnect : ReconnectConformance<UnixHarness>;

    public sealed class Streaming : StreamingConformance<UnixHarness>;

    public sealed class Telemetry : TelemetryConformance<UnixHarness>;

    public sealed class Unary : UnaryConformance<UnixHarness>;
}
