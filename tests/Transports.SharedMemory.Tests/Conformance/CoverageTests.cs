using ThemisBridge.Transports.Conformance;
using ThemisBridge.Transports.SharedMemory.Tests.Sidecar;

namespace ThemisBridge.Transports.SharedMemory.Tests.Conformance;

public sealed class CoverageTests
{
    [Theory]
    [InlineData(typeof(ShmHarness))]
    [InlineData(typeof(SidecarShmHarness))]
    [InlineData(typeof(SidecarVllmShmHarness))]
    public void Every_conformance_class_is_derived_for_every_peer(Type harness) =>
        Assert.Empty(ConformanceCoverage.Missing(typeof(CoverageTests).Assembly, harness));
}
