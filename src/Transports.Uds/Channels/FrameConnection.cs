using System.Buffers;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>
/// What both sides of a connection have in common: frames go to the session under the channel's lock, faults end it,
/// one timer looks after budgets and silence, and everything that waits is told once when it ends.
/// </summary>
internal abstract class FrameConnection : IFrameSink, IAsyncDisposable
{
    // More is unsent only when the peer reads nothing: credit and waiting for room keep honest peers below it.
    private const long MostUnsentBytes = 4L * WireLimits.MaxFrameBytes;

    private readonly PeerWatch _watch;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private long _armed = long.MaxValue;
    private TaskCompletionSource? _room;
    private BridgeException? _end;

    protected FrameConnection(
        IFrameChannel channel, HelloFrame peer, ConnectionTimes times, TimeProvider time, ILogger logger)
    {
        Channel = channel;
        Output = new PeerOutput(channel, peer.MaxFrameBytes);
        Time = time;
        _watch = new PeerWatch(times, time);
        _logger = logger;
        _timer = time.CreateTimer(
            static state => ((FrameConnection)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Completes when the connection is over and everything that waited was told.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Why the connection is over, or null while it is not.</summary>
    public BridgeException? EndedBy => Volatile.Read(ref _end);

    protected IFrameChannel Channel { get; }

    /// <summary>Where frames that the peer accepts are appended, under the lock.</summary>
    protected IBufferWriter<byte> Output { get; }

    protected TimeProvider Time { get; }

    /// <summary>Begins to receive.</summary>
    public void Start()
    {
        lock (Channel.Gate)
        {
            Arm();
        }

        Channel.Start(this);
    }

    /// <summary>Ends the connection: everything that waits fails with this.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="tell">Whether the peer is told.</param>
    public void End(BridgeException failure, bool tell)
    {
        lock (Channel.Gate)
        {
            if (_end is not null)
            {
                return;
            }

            Volatile.Write(ref _end, failure);
            if (tell)
            {
                ErrorFrame.Write(Output, 0, failure);
            }

            Lose(failure);
            _room?.TrySetResult();
        }

        QueueRest(AfterFrames());
        Channel.Flush();
        Channel.Close();
    }

    public bool OnFrame(in FrameHeader header, ReadOnlySpan<byte> frame)
    {
        FrameFault? fault;
        lock (Channel.Gate)
        {
            if (_end is not null)
            {
                return false;
            }

            fault = TryReceive(header, frame);
        }

        if (fault is not null)
        {
            OnFault(fault);
        }

        return fault is null;
    }

    public IThreadPoolWorkItem? OnBatchEnd()
    {
        _watch.Hear();
        IThreadPoolWorkItem? last = AfterFrames();
        if (Channel.UnsentBytes > MostUnsentBytes)
        {
            End(new BridgeException(BridgeFailure.LimitExceeded, FailureStage.Stream,
                "The peer asks and does not read the answers."), tell: false);
        }

        return last;
    }

    public void OnFault(FrameFault fault) =>
        End(new BridgeException(fault.Failure, FailureStage.Stream, fault.Reason), tell: true);

    public void OnSent() => Interlocked.Exchange(ref _room, null)?.TrySetResult();

    public void OnClosed(Exception? cause)
    {
        End(new BridgeException(BridgeFailure.ConnectionLost, FailureStage.Stream,
            "The peer closed the connection, or died. Send the request again.", cause), tell: false);
        _timer.Dispose();
        _closed.TrySetResult();
    }

    public virtual async ValueTask DisposeAsync()
    {
        End(new BridgeException(BridgeFailure.ConnectionLost, FailureStage.Stream, "This side closed the connection."),
            tell: false);
        await Channel.DisposeAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until the peer has taken most of what was sent.</summary>
    protected ValueTask WaitForRoomAsync(long bytes, CancellationToken cancellationToken) =>
        Channel.UnsentBytes <= bytes ? default : WaitForRoomCoreAsync(bytes, cancellationToken);

    private async ValueTask WaitForRoomCoreAsync(long bytes, CancellationToken cancellationToken)
    {
        // Again, since the end of an earlier sending may be told after a later one has begun.
        while (true)
        {
            TaskCompletionSource room;
            lock (Channel.Gate)
            {
                if (_end is not null || Channel.UnsentBytes <= bytes)
                {
                    return;
                }

                room = _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            Channel.Flush();
            await room.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // A fault of ours that one frame brings to light ends one connection, not the process.
    private FrameFault? TryReceive(in FrameHeader header, ReadOnlySpan<byte> frame)
    {
        try
        {
            return Receive(header, frame);
        }
        catch (Exception e)
        {
            _logger.FrameFailed(e);
            return FrameFault.Protocol($"A frame could not be taken in ({e.GetType().Name}).");
        }
    }

    /// <summary>Takes in a frame. Under the lock.</summary>
    protected abstract FrameFault? Receive(in FrameHeader header, ReadOnlySpan<byte> frame);

    /// <summary>Does what frames have called for and cannot be done under the lock.</summary>
    /// <returns>What is left to do, for whoever has a thread to spare; or null.</returns>
    protected abstract IThreadPoolWorkItem? AfterFrames();

    /// <summary>Tells everything that is open. Under the lock, once.</summary>
    protected abstract void Lose(BridgeException failure);

    /// <summary>When the next budget is over. Under the lock.</summary>
    protected abstract long NextDue();

    /// <summary>Ends what is over budget. Under the lock.</summary>
    protected abstract void Expire(long now);

    /// <summary>Whether a PING may be sent. Under the lock.</summary>
    protected abstract bool TryPing(out ulong value);

    /// <summary>Whether a PING is unanswered. Under the lock.</summary>
    protected abstract bool IsPinging { get; }

    /// <summary>A request with a budget was opened. Under the lock.</summary>
    protected void ArmFor(long due)
    {
        if (due < _armed)
        {
            _armed = due;
            SetTimer();
        }
    }

    /// <summary>Queues all items but the last. Under the lock.</summary>
    /// <returns>The last, or null.</returns>
    protected static IThreadPoolWorkItem? QueueAllButLast<T>(List<T> items)
        where T : class, IThreadPoolWorkItem
    {
        for (int i = 0; i < items.Count - 1; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(items[i], preferLocal: false);
        }

        T? last = items.Count == 0 ? null : items[^1];
        items.Clear();
        return last;
    }

    /// <summary>A budget's end as a timestamp.</summary>
    protected long DueOf(TimeSpan? budget) => budget is not { } given || given == Timeout.InfiniteTimeSpan
        ? long.MaxValue : Time.GetTimestamp() + (long)(given.TotalSeconds * Time.TimestampFrequency);

    private void Tick()
    {
        BridgeException? dead;
        lock (Channel.Gate)
        {
            if (_end is not null)
            {
                return;
            }

            long now = Time.GetTimestamp();
            Expire(now);
            dead = Listen(now);
            if (dead is null)
            {
                Arm();
            }
        }

        if (dead is not null)
        {
            End(dead, tell: false);
        }

        QueueRest(AfterFrames());
        Channel.Flush();
    }

    private static void QueueRest(IThreadPoolWorkItem? rest)
    {
        if (rest is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(rest, preferLocal: false);
        }
    }

    // Pings a silent peer; the failure of one that stays silent, or takes nothing.
    private BridgeException? Listen(long now)
    {
        if (_watch.FaultAt(now, IsPinging, Channel.StalledSince) is { } dead)
        {
            return dead;
        }

        if (_watch.IsSilent(now) && TryPing(out ulong value))
        {
            _watch.Ping(now);
            PingFrame.Write(Output, FrameType.Ping, value);
        }

        return null;
    }

    // Under the lock.
    private void Arm()
    {
        _armed = Math.Min(_watch.DueAfter(Time.GetTimestamp(), IsPinging, Channel.StalledSince), NextDue());
        SetTimer();
    }

    private void SetTimer()
    {
        double seconds = (double)(_armed - Time.GetTimestamp()) / Time.TimestampFrequency;
        _timer.Change(TimeSpan.FromSeconds(Math.Max(0.001, seconds)), Timeout.InfiniteTimeSpan);
    }
}
