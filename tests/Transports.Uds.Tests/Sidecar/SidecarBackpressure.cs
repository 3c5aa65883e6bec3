using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.Uds.Tests.Sidecar;

public sealed class SidecarBackpressure : BackpressureConformance<SidecarHarness>;
