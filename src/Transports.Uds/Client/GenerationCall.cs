using System.Text;
using System.Threading.Tasks.Sources;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Transports.Uds.Client;

/// <summary>
/// A generation on its way: gathers what comes between two reads into one chunk. One reader; frames come on another
/// thread. Nothing is allocated per token unless text or probabilities are wanted.
/// </summary>
internal sealed class GenerationCall : IClientCall, IValueTaskSource, IThreadPoolWorkItem
{
    // Text and details may be far longer than their tokens let expect; what a listener sends beyond this between two
    // reads is no answer any more.
    private const int MostTextBytes = WireLimits.MaxFrameBytes;

    private readonly Lock _lock = new();
    private readonly ClientConnection _connection;
    private readonly InferenceRequest _request;
    private readonly string _backend;
    private readonly uint _window;
    private readonly GrowingArray<int> _ids = new();
    private readonly GrowingArray<byte> _text = new();
    private RowExtras? _extras;
    private GenerationStart? _start;
    private GenerationEnd? _end;
    private Exception? _failure;
    private uint _unread;
    private uint _taken;
    private int _detailBytes;
    private bool _isOver;
    private bool _hasLeft;
    private bool _isWaiting;
    private ManualResetValueTaskSourceCore<bool> _wait;

    public GenerationCall(ClientConnection connection, InferenceRequest request, string backend, uint window)
    {
        _connection = connection;
        _request = request;
        _backend = backend;
        _window = window;
    }

    /// <summary>Its handle, once it was sent.</summary>
    public uint Handle { get; set; }

    /// <summary>Takes what has come, as one chunk.</summary>
    /// <returns>False when there is nothing yet; then <see cref="WaitAsync"/>.</returns>
    /// <exception cref="BridgeException">The request failed.</exception>
    public bool TryTake(out InferenceChunk chunk)
    {
        uint grant = 0;
        lock (_lock)
        {
            chunk = default;
            bool hasRows = _unread > 0;
            if (!hasRows && _failure is { } failure)
            {
                throw failure;
            }

            if (!hasRows && _end is null)
            {
                return false;
            }

            chunk = MakeChunk();
            _taken += _unread;
            _unread = 0;
            if (_taken >= _window / 2 && !_isOver)
            {
                (grant, _taken) = (_taken, 0);
            }
        }

        if (grant > 0)
        {
            _connection.Grant(Handle, this, grant);
        }

        return true;
    }

    /// <summary>Completes when something has come. Not before <see cref="TryTake"/> said that nothing has.</summary>
    public ValueTask WaitAsync()
    {
        lock (_lock)
        {
            if (_unread > 0 || _end is not null || _failure is not null)
            {
                return default;
            }

            _wait.Reset();
            _isWaiting = true;
            return new ValueTask(this, _wait.Version);
        }
    }

    /// <summary>The reader leaves: a request that is not over is cancelled in the engine.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            // What still comes until the engine has stopped is passed over.
            _hasLeft = true;
            _ids.Release();
            _text.Release();
        }

        if (!Volatile.Read(ref _isOver))
        {
            _connection.Cancel(Handle, this);
        }
    }

    /// <summary>The caller's token fired: the reader stops waiting.</summary>
    public void StopWaiting(CancellationToken cancellationToken)
    {
        bool wakes;
        lock (_lock)
        {
            _failure = new OperationCanceledException(cancellationToken);
            _unread = 0;
            _end = null;
            wakes = _isWaiting;
            _isWaiting = false;
        }

        if (wakes)
        {
            // Not on the caller's stack: it may hold locks.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    public void OnAccepted(in AcceptedFrame frame)
    {
        bool wantsPrompt = (_request.Output & OutputParts.PromptTokenIds) != 0;
        _start = new GenerationStart
        {
            Model = frame.Model.IsEmpty ? _request.Model : Encoding.UTF8.GetString(frame.Model),
            PromptTokenIds = wantsPrompt ? frame.PromptIds.ToArray() : ReadOnlyMemory<int>.Empty,
            Seed = frame.Seed,
            EngineRequestId = frame.EngineId.IsEmpty ? null : Encoding.UTF8.GetString(frame.EngineId),
        };
    }

    public FrameFault? OnRow(in StepRow row)
    {
        bool wakes;
        lock (_lock)
        {
            if (_failure is not null || _hasLeft)
            {
                return null;
            }

            if ((_request.Output & OutputParts.TokenIds) != 0)
            {
                _ids.Add(row.Ids);
            }

            _text.Add(row.Text);
            _detailBytes += row.Details.Length;
            if (_text.Count > MostTextBytes || _detailBytes > MostTextBytes)
            {
                return FrameFault.Limit("The text or the details of an answer are longer than their reader can hold.");
            }

            if ((!row.Details.IsEmpty || !row.Logprobs.IsEmpty) && !(_extras ??= new RowExtras()).Add(row))
            {
                return FrameFault.Protocol("STEP has a row whose details have an unknown form.");
            }

            _unread += row.Cost;
            wakes = TakeWaiting();
        }

        Wake(wakes);
        return null;
    }

    public void OnResult(in ResultFrame frame) => throw new InvalidOperationException("A generation has no results.");

    public void OnEnd(in EndFrame frame)
    {
        bool wakes;
        lock (_lock)
        {
            _isOver = true;
            _end = _failure is null ? frame.ToGenerationEnd() : null;
            wakes = TakeWaiting();
        }

        Wake(wakes);
    }

    public void OnError(in ErrorFrame frame) => Fail(frame.ToException(_backend), isOver: true);

    public void OnExpired(FailureStage stage) => Fail(CallFailures.Expired(_backend, stage), isOver: false);

    public void OnLost(BridgeException failure, FailureStage stage) =>
        Fail(CallFailures.Lost(_backend, failure, stage), isOver: true);

    void IThreadPoolWorkItem.Execute() => _wait.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private void Fail(Exception failure, bool isOver)
    {
        bool wakes;
        lock (_lock)
        {
            _isOver |= isOver;
            _failure ??= failure;
            wakes = TakeWaiting();
        }

        Wake(wakes);
    }

    private InferenceChunk MakeChunk()
    {
        bool wantsText = (_request.Output & OutputParts.Text) != 0;
        ReadOnlyMemory<byte> text = _text.Take();
        var chunk = new InferenceChunk
        {
            TokenIds = _ids.Take(),
            Text = wantsText && text.Length > 0 ? Encoding.UTF8.GetString(text.Span) : null,
            Reasoning = _extras?.TakeReasoning(),
            Logprobs = _extras?.TakeLogprobs(),
            ToolCalls = _extras?.TakeToolCalls(),
            Start = _start,
            End = _end,
        };
        (_start, _end) = (null, null);
        _detailBytes = 0;
        return chunk;
    }

    private bool TakeWaiting()
    {
        bool wasWaiting = _isWaiting;
        _isWaiting = false;
        return wasWaiting;
    }

    private void Wake(bool wakes)
    {
        if (wakes)
        {
            _connection.RunLater(this);
        }
    }
}
