using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.SharedMemory.Tests.Sidecar;

/// <summary>What every transport does alike, through rings whose other end is in Python.</summary>
public static class SidecarConformance
{
    public sealed class Backpressure : BackpressureConformance<SidecarShmHarness>;

    public sealed class Cancellation : CancellationConformance<SidecarShmHarness>;

    public sealed class Deadline : DeadlineConformance<SidecarShmHarness>;

    public sealed class Drain : DrainConformance<SidecarShmHarness>;

    public sealed class Failure : FailureConformance<SidecarShmHarness>;

    public sealed class Limits : LimitsConformance<SidecarShmHarness>;

    public sealed class Order : OrderConformance<SidecarShmHarness>;

    public sealed class Reconnect : ReconnectConformance<SidecarShmHarness>;

    public sealed class Streaming : StreamingConformance<SidecarShmHarness>;

    public sealed class Telemetry : TelemetryConformance<SidecarShmHarness>;

    public sealed class Unary : UnaryConformance<SidecarShmHarness>;
}
