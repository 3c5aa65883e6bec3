namespace ThemisBridge.Core.Routing;

/// <summary>
/// Watches the total and idle budgets of one request with a single timer, made when something is first waited for:
/// marking a wait costs two writes, no timer call. Idle counts only while the caller waits for the backend, so a slow
/// reader never looks like a frozen engine.
/// </summary>
internal sealed class DeadlineWatch : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _idle;
    private readonly TimeSpan _total;
    private readonly CancellationTokenSource _target;
    private readonly long _started;
    private ITimer? _timer;
    private long _waitingSince;
    private int _expired;

    /// <param name="time">The clock.</param>
    /// <param name="idle">The idle budget, or infinite.</param>
    /// <param name="total">The total budget, or infinite.</param>
    /// <param name="target">What to cancel when a budget runs out.</param>
    public DeadlineWatch(TimeProvider time, TimeSpan idle, TimeSpan total, CancellationTokenSource target)
    {
        _time = time;
        _idle = idle;
        _total = total;
        _target = target;
        _started = time.GetTimestamp();
    }

    /// <summary>The budget that ran out.</summary>
    public ExpiredBudget Expired => (ExpiredBudget)Volatile.Read(ref _expired);

    /// <summary>Something does not come at once: from now on the clock is watched.</summary>
    public void Arm() => _timer ??= _time.CreateTimer(
        static watch => ((DeadlineWatch)watch!).Check(), this, Due(), Timeout.InfiniteTimeSpan);

    /// <summary>The caller waits for the next chunk from now on.</summary>
    // 0 means "not waiting"; a timestamp that happens to be 0 is as good as 1.
    public void BeginWait() => Volatile.Write(ref _waitingSince, Math.Max(1, _time.GetTimestamp()));

    /// <summary>The chunk has come.</summary>
    public void EndWait() => Volatile.Write(ref _waitingSince, 0);

    public void Dispose() => _timer?.Dispose();

    private void Check()
    {
        if (Left(_total, _started) == TimeSpan.Zero)
        {
            Expire(ExpiredBudget.Total);
        }
        else if (IdleLeft() == TimeSpan.Zero)
        {
            Expire(ExpiredBudget.Idle);
        }
        else
        {
            Volatile.Read(ref _timer)?.Change(Due(), Timeout.InfiniteTimeSpan);
        }
    }

    private TimeSpan Due() => Sooner(IdleLeft(), Left(_total, _started));

    private TimeSpan IdleLeft()
    {
        long since = Volatile.Read(ref _waitingSince);
        return since == 0 ? _idle : Left(_idle, since);
    }

    private void Expire(ExpiredBudget budget)
    {
        Volatile.Write(ref _expired, (int)budget);
        try
        {
            _target.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The request ended while the timer fired.
        }
    }

    private TimeSpan Left(TimeSpan budget, long since)
    {
        if (budget == Timeout.InfiniteTimeSpan)
        {
            return budget;
        }

        TimeSpan left = budget - _time.GetElapsedTime(since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static TimeSpan Sooner(TimeSpan a, TimeSpan b)
    {
        if (a == Timeout.InfiniteTimeSpan)
        {
            return b;
        }

        return b == Timeout.InfiniteTimeSpan || a < b ? a : b;
    }
}
