using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>The engine's slots and the queue before them. Safe for use from many threads.</summary>
internal sealed class Admission(int slots, int? maxUnfinished) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(slots);
    private readonly Lock _lock = new();
    private int _unfinished;
    private int _running;

    /// <summary>Sequences that run.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Sequences that wait for a slot.</summary>
    public int Waiting => Math.Max(0, Volatile.Read(ref _unfinished) - Running);

    /// <summary>Counts sequences in, or refuses them all.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="VllmError">503: with them there would be too many.</exception>
    public void Enter(int count)
    {
        lock (_lock)
        {
            if (maxUnfinished is { } limit && _unfinished + count > limit)
            {
                throw VllmError.Busy();
            }

            _unfinished += count;
        }
    }

    /// <summary>Counts sequences out.</summary>
    public void Leave(int count)
    {
        lock (_lock)
        {
            _unfinished -= count;
        }
    }

    /// <summary>Waits for a slot.</summary>
    public async Task TakeSlotAsync(CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        Interlocked.Increment(ref _running);
    }

    public void ReturnSlot()
    {
        Interlocked.Decrement(ref _running);
        _slots.Release();
    }

    public void Dispose() => _slots.Dispose();
}
