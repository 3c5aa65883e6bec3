using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.Uds.Tests.Conformance;

public sealed class CoverageTests
{
    [Fact]
    public void Every_conformance_class_is_derived() =>
        Assert.Empty(ConformanceCoverage.Missing(typeof(CoverageTests).Assembly));

    [Fact]
    public void Class_that_is_left_out_is_found() =>
        Assert.Contains("UnaryConformance`1", ConformanceCoverage.Missing(typeof(string).Assembly));
}
