using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Transports.Uds.Client;

/// <summary>A client's connection: many requests at once, each with a handle of its own.</summary>
internal sealed class ClientConnection : FrameConnection, IClientEvents
{
    private const long RoomBytes = 4 * 1024 * 1024;

    private readonly ClientSession _session;
    private readonly string _backend;
    private readonly List<IThreadPoolWorkItem> _wakes = [];
    private readonly Action<ClientConnection, string> _onDrain;
    private string? _drainReason;
    private BridgeException? _refused;

    /// <param name="channel">The channel; owned from now on.</param>
    /// <param name="peer">What the listener said.</param>
    /// <param name="backend">The backend's id, for failures.</param>
    /// <param name="times">When it becomes restless.</param>
    /// <param name="onDrain">Is told, with the reason, when the listener takes no new requests.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told what should not have happened.</param>
    public ClientConnection(
        IFrameChannel channel, HelloFrame peer, string backend, ConnectionTimes times,
        Action<ClientConnection, string> onDrain, TimeProvider time, ILogger logger)
        : base(channel, peer, times, time, logger)
    {
        Peer = peer;
        _session = new ClientSession(peer.MaxRequests);
        _backend = backend;
        _onDrain = onDrain;
    }

    /// <summary>What the listener said.</summary>
    public HelloFrame Peer { get; }

    /// <summary>The kind of transport: <c>uds</c> or <c>shm</c>.</summary>
    public string Kind => Channel.Kind;

    /// <summary>Whether new requests can be sent.</summary>
    public bool IsUsable => EndedBy is null && !_session.IsDraining;

    /// <summary>Sends a request.</summary>
    /// <param name="call">What its handle stands for.</param>
    /// <param name="terms">What is agreed for it.</param>
    /// <param name="write">Writes its frame under a handle.</param>
    /// <param name="state">What it writes.</param>
    /// <param name="cancellationToken">Gives up waiting for room.</param>
    /// <returns>The handle.</returns>
    /// <exception cref="BridgeException">The connection is over, all handles are in use, or the frame cannot be
    /// written.</exception>
    public async ValueTask<uint> SendAsync<T>(
        IClientCall call, CallTerms terms, Action<IBufferWriter<byte>, uint, T> write, T state,
        CancellationToken cancellationToken)
    {
        await WaitForRoomAsync(RoomBytes, cancellationToken).ConfigureAwait(false);
        uint handle;
        lock (Channel.Gate)
        {
            ThrowIfOver();
            handle = _session.Open(call, terms);
            if (handle == 0)
            {
                throw new BridgeException(BridgeFailure.Busy, FailureStage.Admit,
                    $"All {Peer.MaxRequests} requests that the listener permits are open.") { Backend = _backend };
            }

            try
            {
                write(Output, handle, state);
            }
            catch
            {
                // Nothing was appended: a frame is measured before it is begun.
                _session.Abandon(handle);
                throw;
            }

            ArmFor(Math.Min(terms.Due, terms.FirstDue));
        }

        Channel.Flush();
        return handle;
    }

    /// <summary>Cancels a request, if its handle still stands for it.</summary>
    public void Cancel(uint handle, IClientCall call)
    {
        lock (Channel.Gate)
        {
            if (EndedBy is not null || !_session.IsOpen(handle, call) || !_session.Cancel(handle))
            {
                return;
            }

            CancelFrame.Write(Output, handle);
        }

        Channel.Flush();
    }

    /// <summary>Lets the listener send more, if the handle still stands for the request.</summary>
    public void Grant(uint handle, IClientCall call, uint tokens)
    {
        lock (Channel.Gate)
        {
            if (EndedBy is not null || !_session.IsOpen(handle, call) || !_session.Grant(handle, tokens))
            {
                return;
            }

            CreditFrame.Write(Output, handle, tokens);
        }

        Channel.Flush();
    }

    /// <summary>Has something run after the frames under way, outside the lock. Under the lock.</summary>
    public void RunLater(IThreadPoolWorkItem item) => _wakes.Add(item);

    /// <summary>A budget as the time of its end.</summary>
    public long DueAfter(TimeSpan? budget) => DueOf(budget);

    void IClientEvents.OnPing(ulong value) => PingFrame.Write(Output, FrameType.Pong, value);

    void IClientEvents.OnGoAway(in GoAwayFrame frame) => _drainReason = Encoding.UTF8.GetString(frame.Message);

    void IClientEvents.OnConnectionError(in ErrorFrame frame) => _refused = frame.ToException(_backend);

    protected override FrameFault? Receive(in FrameHeader header, ReadOnlySpan<byte> frame) =>
        _session.Receive(header, frame, this);

    protected override IThreadPoolWorkItem? AfterFrames()
    {
        string? reason = Interlocked.Exchange(ref _drainReason, null);
        if (reason is not null)
        {
            _onDrain(this, reason);
        }

        if (Interlocked.Exchange(ref _refused, null) is { } refused)
        {
            End(refused, tell: false);
        }

        IThreadPoolWorkItem? last;
        lock (Channel.Gate)
        {
            last = QueueAllButLast(_wakes);
        }

        Channel.Flush();
        return last;
    }

    protected override void Lose(BridgeException failure) => _session.Lose(failure);

    protected override long NextDue() => _session.NextDue();

    protected override void Expire(long now) =>
        _session.Expire(now, handle => CancelFrame.Write(Output, handle));

    protected override bool TryPing(out ulong value) => _session.TryPing(out value);

    protected override bool IsPinging => _session.IsPinging;

    private void ThrowIfOver()
    {
        if (EndedBy is { } end)
        {
            throw new BridgeException(end.Failure, FailureStage.Connect, end.Message, end) { Backend = _backend };
        }

        if (_session.IsDraining)
        {
            throw new BridgeException(BridgeFailure.Draining, FailureStage.Admit,
                "The listener is shutting down and takes no new requests.") { Backend = _backend };
        }
    }
}
