using System.Buffers;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Transports.Uds.Listener;

/// <summary>
/// A listener's connection: serves many requests at once and gathers their rows. All rows that engines give at one
/// moment leave in one send; a connection with a single request does not wait for others.
/// </summary>
internal sealed class ListenerConnection : FrameConnection, IListenerEvents, IThreadPoolWorkItem
{
    private const long RoomBytes = 4 * 1024 * 1024;

    private readonly ListenerSession _session;
    private readonly RequestReader _reader;
    private readonly RequestBytes _bytes;
    private readonly StepGather _gather;
    private readonly int _maxFrameBytes;
    private readonly List<ServedCall> _starting = [];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private BridgeException? _refused;
    private bool _isFlushQueued;
    private bool _isDraining;

    /// <param name="channel">The channel; owned from now on.</param>
    /// <param name="peer">What the client said.</param>
    /// <param name="backend">Who answers.</param>
    /// <param name="options">The listener's options.</param>
    /// <param name="bytes">The listener's budget of bytes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told what happens.</param>
    public ListenerConnection(
        IFrameChannel channel, HelloFrame peer, IInferenceBackend backend, UdsListenerOptions options,
        RequestBytes bytes, TimeProvider time, ILogger logger)
        : base(channel, peer, new ConnectionTimes(options.PingAfter, options.SilenceTimeout), time, logger)
    {
        _session = new ListenerSession(options.MaxRequests, time);
        _reader = new RequestReader(this, backend, bytes, logger);
        _bytes = bytes;
        _maxFrameBytes = peer.MaxFrameBytes;
        _gather = new StepGather(peer.MaxFrameBytes);
    }

    /// <summary>Takes no new requests; running ones may take as long as the limit says.</summary>
    /// <returns>Completes when none is open and everything was sent, or the connection is over.</returns>
    public async Task DrainAsync(TimeSpan limit)
    {
        lock (Channel.Gate)
        {
            if (EndedBy is null && !_isDraining)
            {
                _isDraining = true;
                GoAwayFrame.Write(Output, (uint)Math.Min(limit.TotalMilliseconds, uint.MaxValue),
                    "The listener is shutting down.");
            }

            SettleDrain();
        }

        Channel.Flush();
        await Task.WhenAny(_drained.Task, Closed).ConfigureAwait(false);
        await WaitForRoomAsync(0, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Ends what is still open.</summary>
    public void AbortAll(BridgeException failure)
    {
        IReadOnlyList<IListenerCall> calls;
        lock (Channel.Gate)
        {
            calls = _session.OpenCalls();
        }

        foreach (IListenerCall call in calls)
        {
            ((ServedCall)call).Abort(failure);
        }
    }

    /// <summary>A generation was admitted.</summary>
    public void Accept(uint handle, GenerationStart? start, InferenceRequest request)
    {
        start ??= new GenerationStart { Model = request.Model };
        if ((request.Output & OutputParts.PromptTokenIds) == 0 && !start.PromptTokenIds.IsEmpty)
        {
            start = start with { PromptTokenIds = ReadOnlyMemory<int>.Empty };
        }

        Write(static (output, it) =>
        {
            AcceptedFrame.Write(output, it.handle, it.start, it.start.Model == it.asked ? "" : it.start.Model);
            it._session.Accept(it.handle);
        }, (_session, handle, start, asked: request.Model));
    }

    /// <summary>Adds a row as far as the credit goes.</summary>
    /// <returns>How many of the ids were taken; -1 when there is no credit.</returns>
    public int AddRow(
        uint handle, ReadOnlyMemory<int> ids, ReadOnlySpan<char> text, byte[] details,
        ArraySegment<TokenLogprob>? logprobs)
    {
        lock (Channel.Gate)
        {
            // Nobody reads any more; the request is being cancelled.
            if (EndedBy is not null)
            {
                return ids.Length;
            }

            int taken = (int)_session.TakeCredit(handle, (uint)Math.Max(1, ids.Length));
            if (taken == 0)
            {
                return -1;
            }

            taken = Math.Min(taken, ids.Length);
            _gather.Add(Output, handle, ids.Span[..taken], text, details, logprobs?[..taken]);
            return taken;
        }
    }

    /// <summary>Whether a request may send anything now, or need not any more.</summary>
    public bool HasCredit(uint handle)
    {
        lock (Channel.Gate)
        {
            return EndedBy is not null || _session.HasCredit(handle);
        }
    }

    /// <summary>A generation is complete.</summary>
    public void EndGeneration(uint handle, GenerationEnd end) => Write(static (output, it) =>
    {
        EndFrame.Write(output, it.handle, it.end);
        it._session.End(it.handle);
    }, (_session, handle, end));

    /// <summary>Writes as many vectors as fit into a frame, and returns which is next.</summary>
    public int WriteVectors(uint handle, IReadOnlyList<ReadOnlyMemory<float>> vectors, int first)
    {
        int next = vectors.Count;
        Write(output => next = first + ResultFrame.WriteVectors(output, handle, vectors, first, _maxFrameBytes));
        Channel.Flush();
        return next;
    }

    /// <summary>What is no generation is complete.</summary>
    public void EndCall(uint handle, Action<IBufferWriter<byte>>? result, TokenUsage usage)
    {
        Write(output =>
        {
            result?.Invoke(output);
            EndFrame.Write(output, handle, usage);
            _session.End(handle);
        });
        FlushSoon();
    }

    /// <summary>A request failed in its engine.</summary>
    public void EndFailed(uint handle, BridgeException failure) => Write(output =>
    {
        _session.End(handle);
        ErrorFrame.Write(output, handle, failure);
    });

    /// <summary>A request was ended by this side.</summary>
    public void EndAborted(uint handle, BridgeException failure) => Write(output =>
        ErrorFrame.Write(output, handle, new BridgeException(failure.Failure, _session.End(handle), failure.Message)));

    /// <summary>A request was cancelled by its client.</summary>
    public void EndCancelled(uint handle) =>
        Write(output => ErrorFrame.WriteCancelled(output, handle, _session.End(handle)));

    /// <summary>A request is over: gives back what it held.</summary>
    public void Release(ServedCall call)
    {
        _bytes.Return(call.Bytes);
        lock (Channel.Gate)
        {
            SettleDrain();
        }

        FlushSoon();
    }

    /// <summary>Sends what was gathered: at once for a single request, else after those who are about to add to
    /// it.</summary>
    public void FlushSoon()
    {
        lock (Channel.Gate)
        {
            if (_session.OpenCount > 1 && !_gather.IsEmpty)
            {
                if (!_isFlushQueued)
                {
                    _isFlushQueued = true;
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                }

                return;
            }

            _gather.Flush(Output);
        }

        Channel.Flush();
    }

    /// <summary>Waits until the client has taken most of what was sent.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) =>
        WaitForRoomAsync(RoomBytes, cancellationToken);

    public void Execute()
    {
        lock (Channel.Gate)
        {
            _isFlushQueued = false;
            _gather.Flush(Output);
        }

        Channel.Flush();
    }

    IListenerCall IListenerEvents.OnRequest(in RequestFrame frame)
    {
        ArmFor(Math.Min(DueOf(frame.Total), DueOf(frame.FirstToken)));
        _starting.Add(_reader.Read(frame, _isDraining));
        return _starting[^1];
    }

    IListenerCall IListenerEvents.OnAdmin(in AdminFrame frame)
    {
        ArmFor(DueOf(frame.Total));
        _starting.Add(_reader.Read(frame, _isDraining));
        return _starting[^1];
    }

    void IListenerEvents.OnPing(ulong value) => PingFrame.Write(Output, FrameType.Pong, value);

    void IListenerEvents.OnConnectionError(in ErrorFrame frame) => _refused = frame.ToException("client");

    protected override FrameFault? Receive(in FrameHeader header, ReadOnlySpan<byte> frame) =>
        _session.Receive(header, frame, this);

    protected override IThreadPoolWorkItem? AfterFrames()
    {
        if (Interlocked.Exchange(ref _refused, null) is { } refused)
        {
            End(refused, tell: false);
        }

        IThreadPoolWorkItem? last;
        lock (Channel.Gate)
        {
            last = QueueAllButLast(_starting);
        }

        Channel.Flush();
        return last;
    }

    protected override void Lose(BridgeException failure) => _session.Lose();

    protected override long NextDue() => _session.NextDue();

    protected override void Expire(long now) => _session.Expire(now);

    protected override bool TryPing(out ulong value) => _session.TryPing(out value);

    protected override bool IsPinging => _session.IsPinging;

    private void Write(Action<IBufferWriter<byte>> write) => Write(static (output, given) => given(output), write);

    // Rows that were gathered before come before what is written now.
    private void Write<T>(Action<IBufferWriter<byte>, T> write, T state)
    {
        lock (Channel.Gate)
        {
            if (EndedBy is null)
            {
                _gather.Flush(Output);
                write(Output, state);
            }
        }
    }

    private void SettleDrain()
    {
        if (_isDraining && _session.OpenCount == 0)
        {
            _drained.TrySetResult();
        }
    }
}
