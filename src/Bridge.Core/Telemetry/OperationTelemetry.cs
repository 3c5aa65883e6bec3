using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Telemetry;

/// <summary>Span, measurements and log lines of one operation. Prompts and answers are in none of them.</summary>
internal sealed class OperationTelemetry : IDisposable
{
    private static readonly ActivitySource Activities = new(TelemetryNames.Source);

    private readonly string _operation;
    private readonly string _model;
    private readonly BridgeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _started;
    private readonly Activity? _activity;
    private bool _finished;
    private string? _error;

    public OperationTelemetry(
        string operation, string model, string? traceParent, BridgeMetrics metrics, TimeProvider time, ILogger logger)
    {
        _operation = operation;
        _model = model;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _started = time.GetTimestamp();
        _metrics.Started(operation, model);
        if (!Activities.HasListeners())
        {
            return;
        }

        ActivityContext.TryParse(traceParent, null, isRemote: true, out ActivityContext parent);
        _activity = Activities.StartActivity($"{operation} {model}", ActivityKind.Client, parent);
        _activity?.SetTag(TelemetryNames.OperationName, operation)
            .SetTag(TelemetryNames.RequestModel, model)
            .SetTag(TelemetryNames.ProviderName, TelemetryNames.Provider);
    }

    /// <summary>The W3C id of the operation's span, for the engine; null when nobody listens.</summary>
    public string? TraceParent => _activity?.Id;

    /// <summary>One attempt is over.</summary>
    public void Attempt(AttemptRecord attempt)
    {
        _metrics.Attempt(attempt);
        if (attempt.Failure is { } failure)
        {
            // A caller's mistake is not the operator's business.
            LogLevel level = FailureTable.IsOutage(failure) ? LogLevel.Warning : LogLevel.Debug;
            CoreLog.AttemptFailed(_logger, level, attempt.Id, attempt.Engine, attempt.Transport, failure,
                attempt.Duration.TotalMilliseconds);
        }

        _activity?.AddEvent(new ActivityEvent("attempt", tags: new ActivityTagsCollection
        {
            [TelemetryNames.AttemptId] = attempt.Id,
            [TelemetryNames.Engine] = attempt.Engine,
            [TelemetryNames.Transport] = attempt.Transport,
            [TelemetryNames.ErrorType] = attempt.Failure?.ToString(),
        }));
        if (attempt.Failure is null)
        {
            _activity?.SetTag(TelemetryNames.Engine, attempt.Engine)
                .SetTag(TelemetryNames.Transport, attempt.Transport);
        }
    }

    /// <summary>The first chunk, or the whole answer of an operation that has no chunks, is here.</summary>
    public void FirstChunk() => _metrics.FirstChunk(_operation, _model, _time.GetElapsedTime(_started));

    /// <summary>Looks at a chunk on its way to the caller; true when it is the last.</summary>
    public bool Saw(in InferenceChunk chunk)
    {
        if (chunk.End is not { } end)
        {
            return false;
        }

        _activity?.SetTag(TelemetryNames.FinishReasons, new[] { end.Reason.ToString() });
        Used(end.Usage);
        return true;
    }

    /// <summary>What the operation took. What is unknown is not measured.</summary>
    public void Used(TokenUsage usage)
    {
        _finished = true;
        if (usage.PromptTokens is { } prompt)
        {
            _metrics.Used(_operation, _model, "input", prompt);
            _activity?.SetTag(TelemetryNames.InputTokens, prompt);
        }

        if (usage.CompletionTokens is { } completion)
        {
            _metrics.Used(_operation, _model, "output", completion);
            _activity?.SetTag(TelemetryNames.OutputTokens, completion);
        }
    }

    /// <summary>The operation failed or was cancelled.</summary>
    public void Fail(Exception exception)
    {
        _error = exception is BridgeException failure ? failure.Failure.ToString() : TelemetryValues.Cancelled;
        if (exception is BridgeException bridge)
        {
            CoreLog.RequestFailed(_logger, _operation, _model, bridge.Failure, bridge.Stage, bridge.Backend,
                bridge.Message);
        }
    }

    public void Dispose()
    {
        // A caller that stops reading before the end has cancelled, whatever it thinks of it.
        if (!_finished && IsStream)
        {
            _error ??= TelemetryValues.Cancelled;
        }

        _metrics.Ended(_operation, _model, _time.GetElapsedTime(_started), _error);
        if (_error is not null)
        {
            _activity?.SetTag(TelemetryNames.ErrorType, _error)
                .SetStatus(_error == TelemetryValues.Cancelled ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        }

        _activity?.Dispose();
    }

    private bool IsStream => _operation is TelemetryNames.Chat or TelemetryNames.TextCompletion;
}
