namespace ThemisBridge.Bench.Measuring;

/// <summary>The near side of something measured: runs operations and says what each one cost.</summary>
internal interface IProbe : IAsyncDisposable
{
    /// <summary>What a reader should know about how this went; read once, after the last block.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>
    /// Runs one operation per element, one after the other, and writes what each cost in the scenario's unit.
    /// </summary>
    /// <param name="samples">The probe's until the task ends.</param>
    /// <param name="cancellationToken">
    /// Fires on ^C, at the block's deadline and when a peer dies; the block ends soon after it, as it pleases, and the
    /// probe is then only disposed.
    /// </param>
    Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken);
}
