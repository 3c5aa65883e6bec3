using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.Http.Tests.Conformance;

public sealed class CoverageTests
{
    [Theory]
    [InlineData(typeof(TcpHarness))]
    [InlineData(typeof(TlsHarness))]
    [InlineData(typeof(UnixHarness))]
    public void Every_conformance_class_is_derived_for_every_socket(Type harness) =>
        Assert.Empty(ConformanceCoverage.Missing(typeof(CoverageTests).Assembly, harness));

    [Fact]
    public void Class_that_is_left_out_for_one_socket_is_found() =>
        Assert.Contains("UnaryConformance`1",
            ConformanceCoverage.Missing(typeof(CoverageTests).Assembly, typeof(HttpHarness)));
}
