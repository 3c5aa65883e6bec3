using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.SharedMemory.Tests.Conformance;

public sealed class ShmDrain : DrainConformance<ShmHarness>;
