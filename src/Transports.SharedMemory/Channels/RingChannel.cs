using System.Buffers;
using System.Net.Sockets;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Channels;

/// <summary>
/// Frames through a segment's two rings. One thread of its own reads, and carries on a write that found no room; any
/// thread writes. The socket says nothing any more but that the peer is gone.
/// </summary>
internal sealed class RingChannel : IFrameChannel, IAwaited
{
    private readonly Socket _socket;
    private readonly Segment _segment;
    private readonly Action _onReleased;
    private readonly RingInput _input;
    private readonly RingOutput _output;
    private readonly Bell _own;
    private readonly Bell _peer;
    private readonly Waiter _waiter;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IFrameSink? _sink;
    private FrameFault? _fault;
    private Exception? _lost;
    private bool _isClosed;
    private bool _isReleased;
    private volatile bool _isOver;

    /// <param name="socket">The socket; owned from now on.</param>
    /// <param name="segment">The memory; owned from now on.</param>
    /// <param name="role">Which side this is.</param>
    /// <param name="maxFrameBytes">The longest frame that is accepted.</param>
    /// <param name="waits">How its thread waits; owned from now on.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onReleased">Is told when the memory was given back.</param>
    public RingChannel(
        Socket socket, Segment segment, PeerRole role, int maxFrameBytes, IWaitPolicy waits, TimeProvider time,
        Action onReleased)
    {
        PeerRole other = Segment.Other(role);
        _socket = socket;
        _segment = segment;
        _onReleased = onReleased;
        _peer = segment.BellOf(other);
        _input = new RingInput(segment.Reader(role), _peer, new FrameReader(other, maxFrameBytes));
        _output = new RingOutput(segment.Writer(role), time);
        _own = segment.BellOf(role);
        _waiter = new Waiter(_own, waits);
    }

    public string Kind => "shm";

    public Lock Gate { get; } = new();

    public IBufferWriter<byte> Output => _output.Frames;

    public long UnsentBytes
    {
        get
        {
            lock (Gate)
            {
                return _output.UnsentBytes;
            }
        }
    }

    public long? StalledSince => _output.StalledSince;

    bool IAwaited.HasCome => _isOver || _input.HasNews || _output.CanGoOn;

    void IAwaited.BeforeSleep() => _output.WantSpaceAgain();

    public void Start(IFrameSink sink)
    {
        bool isOver;
        lock (Gate)
        {
            // Whoever stops a listener may have disposed a connection that is about to be started: its memory is gone.
            isOver = _isReleased;
            _sink = sink;
        }

        if (isOver)
        {
            sink.OnClosed(null);
            return;
        }

        try
        {
            new Thread(Run) { IsBackground = true, Name = "themis-shm" }.UnsafeStart();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // The system has no more threads: this connection is over, and nothing else.
            Finish(e);
            return;
        }

        _ = WatchAsync();
    }

    public void Flush()
    {
        bool mustWake;
        bool isEmpty;
        lock (Gate)
        {
            if (_isClosed || _output.UnsentBytes == 0)
            {
                return;
            }

            if (_output.Push(out bool hasMoved) is { } fault)
            {
                _fault ??= fault;
                _isOver = true;
                mustWake = _own.TryClaim();
                isEmpty = false;
            }
            else
            {
                mustWake = hasMoved && _peer.TryClaim();
                isEmpty = _output.UnsentBytes == 0;
            }
        }

        if (mustWake)
        {
            (_fault is null ? _peer : _own).Wake();
        }

        if (isEmpty)
        {
            _sink?.OnSent();
        }
    }

    public void Close()
    {
        lock (Gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }

        _socket.Dispose();
        EndThread();
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        lock (Gate)
        {
            if (_sink is null)
            {
                Release();
            }
        }

        await _ended.Task.ConfigureAwait(false);
        _input.Dispose();
    }

    // The end of the socket is the end of the peer, however it went.
    private async Task WatchAsync()
    {
        try
        {
            int count = await _socket.ReceiveAsync(new byte[1], SocketFlags.None, CancellationToken.None)
                .ConfigureAwait(false);
            if (count > 0)
            {
                lock (Gate)
                {
                    _fault ??= FrameFault.Protocol("Something came through a socket that the connection has left.");
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _lost = e;
        }

        EndThread();
    }

    // Has the thread take what there still is, and end.
    private void EndThread()
    {
        _isOver = true;
        lock (Gate)
        {
            if (_isReleased)
            {
                return;
            }

            // Awake or not: a peer that died between its claim and its wake has left a sleeper that looks awake.
            _own.TryClaim();
        }

        _own.Wake();
    }

    private void Run()
    {
        Exception? cause = null;
        try
        {
            // What was published before the end is still taken. No more than a ring holds can be that: whoever writes
            // on has closed its socket and is gone all the same.
            long left = _segment.RingBytes;
            while (left > 0)
            {
                // Asked before the look.
                bool isOver = _isOver;
                if (!_input.Take(_sink!, out int count) || (isOver && count == 0))
                {
                    break;
                }

                left -= isOver ? count : 0;
                if (count == 0)
                {
                    CarryOn();
                    _waiter.Wait(this);
                }
            }
        }
        catch (Exception e)
        {
            // Nobody is above this thread: whatever it was ends one connection and not the process.
            cause = e;
        }

        Finish(cause);
    }

    private void CarryOn()
    {
        if (_output.CanGoOn)
        {
            Flush();
        }
    }

    private void Finish(Exception? cause)
    {
        if (_fault is { } fault)
        {
            _sink!.OnFault(fault);
        }

        cause = _isClosed ? null : cause ?? _lost;
        Close();
        _sink!.OnClosed(cause);
        Release();
    }

    private void Release()
    {
        lock (Gate)
        {
            if (_isReleased)
            {
                return;
            }

            _isReleased = true;
            _segment.Dispose();
        }

        _onReleased();
        _ended.TrySetResult();
    }
}
