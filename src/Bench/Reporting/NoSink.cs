using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Reporting;

/// <summary>Keeps no samples.</summary>
internal sealed class NoSink : IBlockSink
{
    /// <inheritdoc/>
    public void Add(RowKey row, ProbeRole role, ReadOnlySpan<double> samples)
    {
    }
}
