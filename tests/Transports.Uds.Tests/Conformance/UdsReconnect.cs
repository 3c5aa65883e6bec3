using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.Uds.Tests.Conformance;

public sealed class UdsReconnect : ReconnectConformance<UdsHarness>;
