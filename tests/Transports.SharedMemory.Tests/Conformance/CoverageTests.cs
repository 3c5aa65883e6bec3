using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.SharedMemory.Tests.Conformance;

public sealed class CoverageTests
{
    [Fact]
    public void Every_conformance_class_is_derived() =>
        Assert.Empty(ConformanceCoverage.Missing(typeof(CoverageTests).Assembly));
}
