namespace ThemisBridge.Bench.Measuring;

/// <summary>
/// A probe whose operation blocks its thread, so every block gets a thread of its own, outside the pool.
/// </summary>
/// <param name="clock">The clock of the samples.</param>
internal abstract class SyncProbe(TimeProvider clock) : IProbe
{
    private Task _block = Task.CompletedTask;

    /// <inheritdoc/>
    public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) =>
        _block = Task.Factory.StartNew(
            () => RunBlock(samples.Span, cancellationToken),
            cancellationToken,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // A block that was left behind still uses what would be freed here, mapped memory among it.
        if (_block.IsCompleted)
            Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>One operation, whole.</summary>
    protected abstract void Operate(CancellationToken cancellationToken);

    /// <summary>Frees what the probe holds.</summary>
    protected virtual void Close()
    {
    }

    /// <summary>Before a block's first operation, not timed.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>After a block's last operation, also when it failed; not timed.</summary>
    protected virtual void End()
    {
    }

    /// <summary>Ends an operation that waits, from another thread; the probe is not used again.</summary>
    protected virtual void Abort()
    {
    }

    /// <summary>What an operation's duration is in the scenario's unit; microseconds unless told.</summary>
    protected virtual double ToUnit(double seconds) => seconds * 1e6;

    private void RunBlock(Span<double> samples, CancellationToken cancellationToken)
    {
        using var abort = cancellationToken.Register(Abort);
        Begin();
        try
        {
            // One reading of the clock per operation: an end is the next one's beginning.
            var before = clock.GetTimestamp();
            for (var i = 0; i < samples.Length; i++)
            {
                Operate(cancellationToken);
                var after = clock.GetTimestamp();
                samples[i] = ToUnit((double)(after - before) / clock.TimestampFrequency);
                before = after;
            }
        }
        finally
        {
            End();
        }
    }
}
