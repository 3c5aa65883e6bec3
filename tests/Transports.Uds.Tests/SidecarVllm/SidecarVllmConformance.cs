using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.Uds.Tests.SidecarVllm;

/// <summary>What every transport does alike, with the sidecar over a vLLM.</summary>
public static class SidecarVllmConformance
{
    public sealed class Backpressure : BackpressureConformance<SidecarVllmHarness>;

    public sealed class Cancellation : CancellationConformance<SidecarVllmHarness>;

    public sealed class Deadline : DeadlineConformance<SidecarVllmHarness>;

    public sealed class Drain : DrainConformance<SidecarVllmHarness>;

    public sealed class Failure : FailureConformance<SidecarVllmHarness>;

    public sealed class Limits : LimitsConformance<SidecarVllmHarness>;

    public sealed class Order : OrderConformance<SidecarVllmHarness>;

    public sealed class Reconnect : ReconnectConformance<SidecarVllmHarness>;

    public sealed class Streaming : StreamingConformance<SidecarVllmHarness>;

    public sealed class Telemetry : TelemetryConformance<SidecarVllmHarness>;

    public sealed class Unary : UnaryConformance<SidecarVllmHarness>;
}
