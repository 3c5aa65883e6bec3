using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Telemetry;

namespace ThemisBridge.Core.Routing;

/// <summary>The router's record of one request: what was tried, what remains, and who may end it. One user at a
/// time.</summary>
internal sealed class RoutedCall : IDisposable
{
    private readonly TimeProvider _time;
    private readonly RequestIdLease _id;
    private readonly DeadlineBudgets _asked;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationToken _caller;
    private readonly DeadlineWatch _watch;
    private readonly List<AttemptRecord> _attempts = [];
    private ulong _tried;
    private Candidate? _current;
    private string _attemptId = "";
    private long _attemptStarted;

    public RoutedCall(
        Route route, BackendFeatures required, RequestIdLease id, DeadlineBudgets asked, DeadlineBudgets budgets,
        OperationTelemetry telemetry, TimeProvider time, CancellationToken caller)
    {
        Route = route;
        Required = required;
        Budgets = budgets;
        Telemetry = telemetry;
        _id = id;
        _asked = asked;
        _time = time;
        _caller = caller;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _watch = new DeadlineWatch(time, budgets.Idle ?? Timeout.InfiniteTimeSpan,
            budgets.Total ?? Timeout.InfiniteTimeSpan, _ended);
    }

    public Route Route { get; }

    public BackendFeatures Required { get; }

    public DeadlineBudgets Budgets { get; }

    public OperationTelemetry Telemetry { get; }

    /// <summary>Cancelled when the caller goes or a budget of the whole request runs out.</summary>
    public CancellationToken Ended => _ended.Token;

    public DeadlineWatch Watch => _watch;

    /// <summary>Why the last attempt failed; null before one did.</summary>
    public BridgeException? LastFailure { get; private set; }

    public IReadOnlyList<AttemptRecord> Attempts => _attempts;

    public bool HasNext => Route.HasNext(Required, _tried);

    /// <summary>Takes the next backend and starts an attempt on it.</summary>
    /// <exception cref="BridgeException">No backend of the route can do what the request needs.</exception>
    public (Candidate Candidate, string AttemptId) Begin()
    {
        _current = Route.Next(Required, ref _tried) ?? throw NoneIsAble();
        _attemptId = $"{_id.Id}-{_attempts.Count + 1}";
        _attemptStarted = _time.GetTimestamp();
        return (_current, _attemptId);
    }

    /// <summary>The attempt under way has answered.</summary>
    public void Succeed()
    {
        _current!.Entry.Health.ReportSuccess();
        Record(null);
        Telemetry.FirstChunk();
    }

    /// <summary>The attempt under way ran out of its first-token budget.</summary>
    public void FailByTimeout() => Fail(new BridgeException(BridgeFailure.DeadlineExceeded, FailureStage.Prefill,
        $"The first chunk did not come within {Budgets.FirstToken?.TotalSeconds:0.###} s. The engine may be overloaded or "
        + "frozen; raise the first-token budget or look at the engine."));

    /// <summary>
    /// The attempt under way failed: records it and gives the exception to throw. A cancelled caller passes through.
    /// </summary>
    public Exception Fail(Exception exception)
    {
        if (exception is OperationCanceledException && Translate(exception, FailureStage.Prefill) is not { })
        {
            return exception;
        }

        BridgeException failure = Translate(exception, FailureStage.Prefill)!;
        ReportHealth(failure, impatient: _asked.FirstToken is not null);
        Record(failure.Failure);
        LastFailure = Complete(failure, committed: false);
        return LastFailure;
    }

    /// <summary>
    /// The answer under way broke after output had been given: the exception to throw, or null to let the caller's own
    /// cancellation pass.
    /// </summary>
    public BridgeException? Break(Exception exception)
    {
        if (Translate(exception, FailureStage.Stream) is not { } failure)
        {
            Telemetry.Fail(exception);
            return null;
        }

        ReportHealth(failure, impatient: _asked.Idle is not null);
        LastFailure = Complete(failure, committed: true);
        Telemetry.Fail(LastFailure);
        return LastFailure;
    }

    public void Dispose()
    {
        _watch.Dispose();
        Telemetry.Dispose();
        _ended.Dispose();
        _id.Dispose();
    }

    // A budget of the caller's own, or one for the whole request, says nothing of the engine when it runs out.
    private void ReportHealth(BridgeException failure, bool impatient)
    {
        if (failure.Failure != BridgeFailure.DeadlineExceeded || (!impatient && _watch.Expired != ExpiredBudget.Total))
        {
            _current!.Entry.Health.ReportFailure(failure.Failure, failure.RetryAfter, _attemptStarted);
        }
    }

    // Null for what is nobody's failure: the caller went, or the attempt was cut off by its own budget.
    private BridgeException? Translate(Exception exception, FailureStage stage)
    {
        if (exception is BridgeException failure)
        {
            return failure;
        }

        if (exception is not OperationCanceledException)
        {
            return new BridgeException(BridgeFailure.EngineFailed, stage,
                $"The backend failed in a way it should have described ({exception.GetType().Name}). Please report this.",
                exception);
        }

        return _caller.IsCancellationRequested || _watch.Expired == ExpiredBudget.None
            ? null
            : new BridgeException(BridgeFailure.DeadlineExceeded, stage, _watch.Expired == ExpiredBudget.Idle
                ? $"No chunk came for {Budgets.Idle?.TotalSeconds:0.###} s. The engine may be frozen; raise the idle budget or look at the engine."
                : $"The request took longer than its total budget of {Budgets.Total?.TotalSeconds:0.###} s. Ask for fewer tokens or raise the budget.",
                exception);
    }

    private BridgeException Complete(BridgeException failure, bool committed) =>
        new(failure.Failure, failure.Stage, failure.Message, failure)
        {
            Backend = _current!.Entry.Descriptor.Id,
            OutputCommitted = committed,
            Parameter = failure.Parameter,
            RetryAfter = failure.RetryAfter,
            Attempts = [.. _attempts],
        };

    private void Record(BridgeFailure? failure)
    {
        BackendEntry entry = _current!.Entry;
        var attempt = new AttemptRecord(
            _attemptId, entry.Engine, entry.Descriptor.Kind, failure, _time.GetElapsedTime(_attemptStarted));
        _attempts.Add(attempt);
        Telemetry.Attempt(attempt);
    }

    private BridgeException NoneIsAble()
    {
        if (Route.Candidates.Length == 0)
        {
            return new BridgeException(BridgeFailure.NoEligibleBackend, FailureStage.Admit,
                $"The route of '{Route.Model}' has no engine. Add one to ThemisBridge:Routes.");
        }

        string missing = RequiredFeatures.Missing(Route.ClosestMissing(Required), BackendFeatures.None);
        return new BridgeException(BridgeFailure.UnsupportedOption, FailureStage.Admit,
            $"No engine of '{Route.Model}' can honour: {missing}. Leave it out, or route the model to an engine that can.")
        { Parameter = missing };
    }
}
