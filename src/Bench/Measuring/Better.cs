namespace ThemisBridge.Bench.Measuring;

/// <summary>Which way a quantity improves.</summary>
internal enum Better
{
    /// <summary>A cost: microseconds, bytes, system calls.</summary>
    Lower,

    /// <summary>A rate: gigabytes or tokens per second.</summary>
    Higher,
}
