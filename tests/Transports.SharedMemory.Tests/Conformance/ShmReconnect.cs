using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.SharedMemory.Tests.Conformance;

public sealed class ShmReconnect : ReconnectConformance<ShmHarness>;
