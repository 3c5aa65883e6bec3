namespace ThemisBridge.Bench.Measuring;

/// <summary>Takes every block's raw samples.</summary>
internal interface IBlockSink
{
    /// <summary>Keeps a block. Called between blocks, never while one is measured.</summary>
    /// <param name="row">Whose block.</param>
    /// <param name="role">In which role.</param>
    /// <param name="samples">In the order measured; the caller's again after the call.</param>
    void Add(RowKey row, ProbeRole role, ReadOnlySpan<double> samples);
}
