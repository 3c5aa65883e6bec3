using ThemisBridge.Transports.Conformance;
using ThemisBridge.Transports.Uds.Tests.Sidecar;
using ThemisBridge.Transports.Uds.Tests.SidecarVllm;

namespace ThemisBridge.Transports.Uds.Tests.Conformance;

public sealed class CoverageTests
{
    [Theory]
    [InlineData(typeof(UdsHarness))]
    [InlineData(typeof(SidecarHarness))]
    [InlineData(typeof(SidecarVllmHarness))]
    public void Every_conformance_class_is_derived_for_every_peer(Type harness) =>
        Assert.Empty(ConformanceCoverage.Missing(typeof(CoverageTests).Assembly, harness));

    [Fact]
    public void Class_that_is_left_out_is_found() =>
        Assert.Contains("UnaryConformance`1", ConformanceCoverage.Missing(typeof(string).Assembly));
}
