using ThemisBridge.Bench.Placing;

namespace ThemisBridge.Bench;

/// <summary>What <c>bench transports</c> measures, how long, and where the report goes.</summary>
public sealed record BenchOptions
{
    /// <summary>At most 45 seconds and one placement, instead of at most 15 minutes and all of them.</summary>
    public bool Quick { get; init; }

    /// <summary>
    /// Where to write the report as JSON (docs/bench-schema.json), in a folder that exists. The raw samples go beside
    /// it, to the same name with <see cref="SamplesSuffix"/>. Null: no files.
    /// </summary>
    public string? JsonPath { get; init; }

    /// <summary>The ids of the scenarios to run, whatever their case; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>
    /// Where the two processes run. Empty: all in a full run; in a quick one spread, or packed where there is one core.
    /// </summary>
    public IReadOnlyList<Placement> Placements { get; init; } = [];

    /// <summary>Blocks per role, an even number of at least 4; null for the mode's own (quick 8, full 20).</summary>
    public int? Blocks { get; init; }

    /// <summary>Operations per block, 20 to 1,000,000; null for the mode's own (quick 400, full 2,000).</summary>
    public int? OpsPerBlock { get; init; }

    /// <summary>Seeds the bootstrap, so that the same samples give the same interval.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The interpreter of the Python baselines; they are skipped where it does not exist.</summary>
    public string PythonPath { get; init; } = "/usr/bin/python3";

    /// <summary>The folder of the sidecar's sources; what is measured of it is skipped where it does not exist.
    /// </summary>
    public string SidecarFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, "sidecar");

    /// <summary>What the samples file's name has after the report's name.</summary>
    public const string SamplesSuffix = ".samples.jsonl.gz";
}
