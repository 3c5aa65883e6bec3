namespace ThemisBridge.Bench.Baselines;

/// <summary>What goes one way through a ring.</summary>
/// <param name="RecordBytes">How long each record is, header and all; a multiple of 8.</param>
/// <param name="RecordsPerBatch">How many are published with one wake, where that is a choice.</param>
internal readonly record struct StreamSize(int RecordBytes, int RecordsPerBatch)
{
    private const int BytesPerSample = 512 * 1024;

    /// <summary>Small ones, as many at a time as a step has rows.</summary>
    public static StreamSize Small { get; } = new(64, 64);

    /// <summary>As long as a request with 512 ids.</summary>
    public static StreamSize Large { get; } = new(2048, 16);

    /// <summary>How many make a sample.</summary>
    public int RecordsPerSample => BytesPerSample / RecordBytes;

    /// <summary>Millions of records per second, of a sample's duration.</summary>
    public double PerSecond(double seconds) => RecordsPerSample / seconds / 1e6;
}
