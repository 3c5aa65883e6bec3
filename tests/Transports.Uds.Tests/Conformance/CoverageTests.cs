using ThemisBridge.Transports.Conformance;
using ThemisBridge.Transports.Uds.Tests.Sidecar;

namespace ThemisBridge.Transports.Uds.Tests.Conformance;

public sealed class CoverageTests
{
    [Fact]
    public void Every_conformance_class_is_derived() =>
        Assert.Empty(ConformanceCoverage.Missing(typeof(CoverageTests).Assembly));

    [Fact]
    public void Every_conformance_class_is_derived_for_the_sidecar_too() =>
        Assert.Equal(Derived(typeof(UdsHarness)), Derived(typeof(SidecarHarness)));

    [Fact]
    public void Class_that_is_left_out_is_found() =>
        Assert.Contains("UnaryConformance`1", ConformanceCoverage.Missing(typeof(string).Assembly));

    private static string[] Derived(Type harness) =>
        [.. typeof(CoverageTests).Assembly.GetTypes()
            .Where(type => type.BaseType is { IsGenericType: true } parent
                && parent.GetGenericArguments()[0] == harness)
            .Select(type => type.BaseType!.GetGenericTypeDefinition().Name).Order(StringComparer.Ordinal)];
}
