namespace ThemisBridge.Bench.Measuring;

/// <summary>What a probe stands for in a comparison.</summary>
internal enum ProbeRole
{
    /// <summary>The bare primitive.</summary>
    Baseline,

    /// <summary>The bare primitive once more: it must cost what the first one costs, or the run is void.</summary>
    Twin,

    /// <summary>What ThemisBridge makes of it.</summary>
    Ours,
}
