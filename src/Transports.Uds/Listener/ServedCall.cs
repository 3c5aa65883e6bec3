using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Transports.Uds.Listener;

/// <summary>
/// A request that is served: runs on its own, and is ended exactly once, with its answer or with what went wrong.
/// </summary>
internal abstract class ServedCall : IListenerCall, IThreadPoolWorkItem, IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly ILogger _logger;
    private volatile BridgeException? _abort;
    private volatile bool _isCancelled;

    protected ServedCall(ListenerConnection connection, uint handle, long bytes, ILogger logger)
    {
        Connection = connection;
        Handle = handle;
        Bytes = bytes;
        _logger = logger;
    }

    /// <summary>What it was refused with before it began, or null.</summary>
    public BridgeException? RefusedWith { get; init; }

    /// <summary>The bytes that it holds of the listener's budget.</summary>
    public long Bytes { get; }

    protected ListenerConnection Connection { get; }

    protected uint Handle { get; }

    /// <summary>Its end was sent: the handle may stand for another request already.</summary>
    protected bool HasEnded { get; set; }

    public void OnCancelled()
    {
        _isCancelled = true;
        Stop();
    }

    public void OnExpired() => Abort(new BridgeException(BridgeFailure.DeadlineExceeded, FailureStage.Stream,
        "A time budget of the request ran out. Raise the budget or look at the engine."));

    public virtual void OnCredit()
    {
    }

    /// <summary>Ends it with a failure, whatever its engine does.</summary>
    public void Abort(BridgeException failure)
    {
        _abort = failure;
        Stop();
    }

    public void Execute() => _ = RunAsync();

    public void Dispose() => _ending.Dispose();

    /// <summary>Serves it and ends it, or throws.</summary>
    protected abstract Task ServeAsync(CancellationToken cancellationToken);

    private async Task RunAsync()
    {
        try
        {
            if (RefusedWith is { } refusal)
            {
                throw refusal;
            }

            await ServeAsync(_ending.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whatever it was, the client is told; nobody else waits for this.
            Fail(e);
        }
        finally
        {
            Connection.Release(this);
            Dispose();
        }
    }

    // Whoever listens to the token runs elsewhere: the connection's lock may be held here.
    private void Stop()
    {
        try
        {
            _ = _ending.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    private void Fail(Exception exception)
    {
        if (HasEnded)
        {
            _logger.BackendFailed(exception);
        }
        else if (_abort is { } abort)
        {
            Connection.EndAborted(Handle, abort);
        }
        else if (_isCancelled)
        {
            Connection.EndCancelled(Handle);
        }
        else if (exception is BridgeException failure)
        {
            Connection.EndFailed(Handle, failure);
        }
        else if (exception is OperationCanceledException)
        {
            Connection.EndFailed(Handle, new BridgeException(BridgeFailure.AbortedByEngine, FailureStage.Stream,
                "The engine stopped the request although nobody asked for it. Send it again."));
        }
        else
        {
            _logger.BackendFailed(exception);
            Connection.EndFailed(Handle, new BridgeException(BridgeFailure.EngineFailed, FailureStage.Stream,
                $"The engine failed in a way it should have described ({exception.GetType().Name}). Look at the listener's log."));
        }
    }
}
