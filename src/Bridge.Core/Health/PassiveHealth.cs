using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Health;

/// <summary>
/// What outcomes say of one backend. After an outage it is left for a while, twice as long each time; when the time is
/// over a single request tries it. A backend that is left is still asked when no other remains, so that a pool never
/// refuses everybody. Safe for use from many threads.
/// </summary>
internal sealed class PassiveHealth(TimeProvider time)
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BusyRest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestBusyRest = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private TimeSpan _rest = FirstRest;
    private long _restedSince;
    private TimeSpan _restFor;
    private volatile bool _resting;

    /// <summary>
    /// Whether a request should prefer this backend now. True for one caller after a rest, which then is the trial.
    /// </summary>
    public bool TryEnter()
    {
        if (!_resting)
        {
            return true;
        }

        lock (_lock)
        {
            if (_resting && time.GetElapsedTime(_restedSince) < _restFor)
            {
                return false;
            }

            if (_resting)
            {
                // The trial runs; until it ends, or a rest has passed again, the others stay away.
                _restedSince = time.GetTimestamp();
            }

            return true;
        }
    }

    /// <summary>It answered.</summary>
    public void ReportSuccess()
    {
        if (_resting)
        {
            lock (_lock)
            {
                _resting = false;
                _rest = FirstRest;
            }
        }
    }

    /// <summary>It failed. Only outages and busy answers count; a request that it cannot serve says nothing.</summary>
    /// <param name="failure">What happened.</param>
    /// <param name="retryAfter">When the backend wants to be asked again, or null.</param>
    /// <param name="attemptStarted">When the attempt began, as the clock's timestamp: the requests that one outage ends
    /// together are one outage.</param>
    public void ReportFailure(BridgeFailure failure, TimeSpan? retryAfter, long attemptStarted)
    {
        if (FailureTable.IsOutage(failure))
        {
            lock (_lock)
            {
                if (_resting && attemptStarted < _restedSince)
                {
                    return;
                }

                Rest(_rest);
                _rest = Min(_rest * 2, LongestRest);
            }
        }
        else if (failure == BridgeFailure.Busy)
        {
            lock (_lock)
            {
                Rest(Min(retryAfter ?? BusyRest, LongestBusyRest));
            }
        }
    }

    private void Rest(TimeSpan duration)
    {
        _restedSince = time.GetTimestamp();
        _restFor = duration;
        _resting = true;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
