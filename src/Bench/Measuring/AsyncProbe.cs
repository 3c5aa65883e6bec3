namespace ThemisBridge.Bench.Measuring;

/// <summary>A probe whose operation is awaited on the thread pool, one at a time.</summary>
/// <param name="clock">The clock of the samples.</param>
internal abstract class AsyncProbe(TimeProvider clock) : IProbe
{
    /// <inheritdoc/>
    public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) =>
        Task.Run(() => RunBlockCoreAsync(samples, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>One operation, whole.</summary>
    protected abstract ValueTask OperateAsync(CancellationToken cancellationToken);

    /// <summary>Ends an operation that waits, from another thread; the probe is not used again.</summary>
    protected virtual void Abort()
    {
    }

    /// <summary>What an operation's duration is in the scenario's unit; microseconds unless told.</summary>
    protected virtual double ToUnit(double seconds) => seconds * 1e6;

    private async Task RunBlockCoreAsync(Memory<double> samples, CancellationToken cancellationToken)
    {
        await using var abort = cancellationToken.Register(Abort);
        var before = clock.GetTimestamp();
        for (var i = 0; i < samples.Length; i++)
        {
            await OperateAsync(cancellationToken);
            var after = clock.GetTimestamp();
            samples.Span[i] = ToUnit((double)(after - before) / clock.TimestampFrequency);
            before = after;
        }
    }
}
