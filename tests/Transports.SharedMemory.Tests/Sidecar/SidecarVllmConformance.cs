using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.SharedMemory.Tests.Sidecar;

/// <summary>What every transport does alike, through rings, with the sidecar over a vLLM.</summary>
public static class SidecarVllmConformance
{
    public sealed class Backpressure : BackpressureConformance<SidecarVllmShmHarness>;

    public sealed class Cancellation : CancellationConformance<SidecarVllmShmHarness>;

    public sealed class Deadline : DeadlineConformance<SidecarVllmShmHarness>;

    public sealed class Drain : DrainConformance<SidecarVllmShmHarness>;

    public sealed class Failure : FailureConformance<SidecarVllmShmHarness>;

    public sealed class Limits : LimitsConformance<SidecarVllmShmHarness>;

    public sealed class Order : OrderConformance<SidecarVllmShmHarness>;

    public sealed class Reconnect : ReconnectConformance<SidecarVllmShmHarness>;

    public sealed class Streaming : StreamingConformance<SidecarVllmShmHarness>;

    public sealed class Telemetry : TelemetryConformance<SidecarVllmShmHarness>;

    public sealed class Unary : UnaryConformance<SidecarVllmShmHarness>;
}
