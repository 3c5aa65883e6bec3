using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>
/// Work for the decode thread, done in steps so that several requests take turns and a cancelled one ends within a
/// step.
/// A job waits in the queue, then runs on the decode thread, and is disposed exactly once, wherever it got to.
/// </summary>
internal abstract class DecodeJob : IDisposable
{
    private int _cancelled;
    private int _disposed;

    /// <summary>Whether nobody wants the result any more.</summary>
    public bool IsCancelled => Volatile.Read(ref _cancelled) != 0;

    /// <summary>Whether a step can be made now; a cancelled job can always be ended.</summary>
    public bool CanStep => IsCancelled || IsReady;

    /// <summary>How far the job has come, for a failure.</summary>
    public virtual FailureStage Stage => FailureStage.Prefill;

    /// <summary>Whether the job itself could go on.</summary>
    protected virtual bool IsReady => true;

    /// <summary>Marks the job; true the first time.</summary>
    public bool TryCancel() => Interlocked.Exchange(ref _cancelled, 1) == 0;

    /// <summary>Goes one step: one decode. On the decode thread.</summary>
    /// <returns>Whether there is more to do.</returns>
    public abstract bool Step(ContextPool contexts);

    /// <summary>Tells whoever waits why there is no result. From any thread.</summary>
    public abstract void Fail(Exception failure);

    /// <summary>Gives back what the job holds. The first call counts.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release();
        }
    }

    /// <summary>Gives back what the job holds.</summary>
    protected abstract void Release();
}
