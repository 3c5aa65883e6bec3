using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Placing;

namespace ThemisBridge.Bench.Reporting;

/// <summary>The report's spelling of our enumerations.</summary>
internal static class Words
{
    /// <summary>A placement's word.</summary>
    public static string Of(Placement placement) => placement switch
    {
        Placement.Packed => "packed",
        Placement.Spread => "spread",
        Placement.Free => "free",
        _ => "single",
    };

    /// <summary>A role's word.</summary>
    public static string Of(ProbeRole role) => role switch
    {
        ProbeRole.Baseline => "baseline",
        ProbeRole.Twin => "twin",
        _ => "ours",
    };
}
