using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.Uds.Tests.Conformance;

public sealed class UdsOrder : OrderConformance<UdsHarness>;
