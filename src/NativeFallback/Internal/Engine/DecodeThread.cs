using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>
/// The one thread that runs a model. It owns the contexts; everything that touches them is a job or a command of its
/// queue. Jobs are admitted in the order they came, so many at a time, and take turns step by step: a prompt's piece or
/// one token each. A job that cannot go on because its reader is behind is passed over.
/// </summary>
internal sealed class DecodeThread
{
    private readonly object _gate = new();
    private readonly LinkedList<DecodeJob> _waiting = [];
    private readonly Queue<Command> _commands = [];
    private readonly List<DecodeJob> _running = [];
    private readonly int _parallel;
    private readonly int _queueLimit;
    private readonly string _backend;
    private readonly Action<Exception> _report;
    private string? _stopReason;
    private long _steps;

    /// <summary>Creates the queue; <see cref="Run"/> works on it.</summary>
    /// <param name="backend">The backend's id, for failures.</param>
    /// <param name="parallel">Jobs that run at a time.</param>
    /// <param name="queueLimit">Jobs that may wait.</param>
    /// <param name="report">Told of failures that are not the request's fault.</param>
    public DecodeThread(string backend, int parallel, int queueLimit, Action<Exception> report)
    {
        _backend = backend;
        _parallel = parallel;
        _queueLimit = queueLimit;
        _report = report;
    }

    /// <summary>Steps made so far.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    /// <summary>Jobs that run, and jobs that wait.</summary>
    public (int Running, int Waiting) Load
    {
        get
        {
            lock (_gate)
            {
                return (_running.Count, _waiting.Count);
            }
        }
    }

    /// <summary>Queues a job.</summary>
    /// <exception cref="BridgeException">The queue is full, or the thread stops.</exception>
    public void Enqueue(DecodeJob job)
    {
        lock (_gate)
        {
            ThrowIfStopping();
            if (_waiting.Count + _running.Count >= _queueLimit + _parallel)
            {
                throw new BridgeException(
                    BridgeFailure.Busy, FailureStage.Admit,
                    $"{_running.Count} requests run on the model and {_waiting.Count} wait, which is the limit. Try again later.");
            }

            _waiting.AddLast(job);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Runs something between two steps, before any waiting job.</summary>
    /// <exception cref="BridgeException">The thread stops.</exception>
    public Task<T> InvokeAsync<T>(Func<ContextPool, T> action)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ThrowIfStopping();
            _commands.Enqueue(new Command(
                contexts => done.TrySetResult(action(contexts)), failure => done.TrySetException(failure)));
            Monitor.Pulse(_gate);
        }

        return done.Task;
    }

    /// <summary>Ends a job: at once when it waits, within a step when it runs.</summary>
    public void Cancel(DecodeJob job)
    {
        if (!job.TryCancel())
        {
            return;
        }

        bool waited;
        lock (_gate)
        {
            waited = _waiting.Remove(job);
            Monitor.Pulse(_gate);
        }

        if (waited)
        {
            job.Dispose();
        }
    }

    /// <summary>Looks again which jobs can go on.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Takes no more jobs and ends those there are.</summary>
    /// <param name="reason">Why, as a sentence.</param>
    public void Stop(string reason)
    {
        lock (_gate)
        {
            _stopReason ??= reason;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Works until <see cref="Stop"/>.</summary>
    public void Run(ContextPool contexts)
    {
        while (WaitForWork(out Command? command))
        {
            if (command is not null)
            {
                Execute(command, contexts);
            }
            else
            {
                StepAll(contexts);
            }
        }

        EndAll();
    }

    private void StepAll(ContextPool contexts)
    {
        for (int i = 0; i < _running.Count; i++)
        {
            DecodeJob job = _running[i];
            if (job.CanStep && !Step(job, contexts))
            {
                job.Dispose();
                Remove(i--);
            }
        }
    }

    private bool WaitForWork(out Command? command)
    {
        lock (_gate)
        {
            while (true)
            {
                command = null;
                if (_stopReason is not null)
                {
                    return false;
                }

                if (_commands.TryDequeue(out command))
                {
                    return true;
                }

                while (_running.Count < _parallel && _waiting.First is { } next)
                {
                    _waiting.RemoveFirst();
                    _running.Add(next.Value);
                }

                if (_running.Exists(static job => job.CanStep))
                {
                    return true;
                }

                Monitor.Wait(_gate);
            }
        }
    }

    private bool Step(DecodeJob job, ContextPool contexts)
    {
        if (job.IsCancelled)
        {
            return false;
        }

        Interlocked.Increment(ref _steps);
        try
        {
            return job.Step(contexts);
        }
        catch (Exception error)
        {
            // Whatever a step throws is that request's end and no other's.
            _report(error);
            job.Fail(NativeFailure.Named(_backend, error as BridgeException ?? new BridgeException(
                BridgeFailure.EngineFailed, job.Stage, "The engine failed while it decoded. Its log says why.",
                    error)));
            return false;
        }
    }

    private void Remove(int index)
    {
        lock (_gate)
        {
            _running.RemoveAt(index);
        }
    }

    private static void Execute(Command command, ContextPool contexts)
    {
        try
        {
            command.Run(contexts);
        }
        catch (Exception error)
        {
            // Whoever asked gets it; the thread goes on.
            command.Fail(error);
        }
    }

    private void EndAll()
    {
        DecodeJob[] jobs;
        Command[] commands;
        lock (_gate)
        {
            jobs = [.. _running, .. _waiting];
            commands = [.. _commands];
            _running.Clear();
            _waiting.Clear();
            _commands.Clear();
        }

        foreach (DecodeJob job in jobs)
        {
            job.Fail(Stopped(job.Stage));
            job.Dispose();
        }

        foreach (Command command in commands)
        {
            command.Fail(Stopped(FailureStage.Admit));
        }
    }

    private void ThrowIfStopping()
    {
        if (_stopReason is not null)
        {
            throw Stopped(FailureStage.Admit);
        }
    }

    private BridgeException Stopped(FailureStage stage) =>
        new(BridgeFailure.AbortedByEngine, stage, _stopReason!) { Backend = _backend };

    private sealed record Command(Action<ContextPool> Run, Action<Exception> Fail);
}
