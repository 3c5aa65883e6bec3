using System.Buffers;
using System.Net.Sockets;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>
/// Frames over a connected socket. What is appended while a send is under way goes out with the next one, in a single
/// call; a warm request costs one send and one receive.
/// </summary>
internal sealed class SocketFrameChannel : IFrameChannel
{
    private readonly Socket _socket;
    private readonly TimeProvider _time;
    private readonly FrameReader _frames;
    private readonly IncomingBuffer _incoming = new();
    private readonly SocketAsyncEventArgs _receive = new(unsafeSuppressExecutionContextFlow: true);
    private readonly TaskCompletionSource _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private OutgoingBuffer _pending = new();
    private OutgoingBuffer _sending = new();
    private bool _isSending;
    private bool _isClosed;
    private bool _isStarted;
    private long _sendStarted;
    private IFrameSink? _sink;

    /// <param name="socket">The socket; owned from now on.</param>
    /// <param name="peer">Who is at the other end.</param>
    /// <param name="maxFrameBytes">The longest frame that is accepted.</param>
    /// <param name="time">The clock.</param>
    public SocketFrameChannel(Socket socket, PeerRole peer, int maxFrameBytes, TimeProvider time)
    {
        _socket = socket;
        _time = time;
        _frames = new FrameReader(peer, maxFrameBytes);
        _receive.Completed += (_, _) => Resume();
    }

    public string Kind => "uds";

    public Lock Gate { get; } = new();

    public IBufferWriter<byte> Output => _pending;

    public long UnsentBytes => (long)_pending.Count + (_isSending ? _sending.Count : 0);

    public long? StalledSince => _isSending ? Volatile.Read(ref _sendStarted) : null;

    public void Start(IFrameSink sink)
    {
        _sink = sink;
        _isStarted = true;
        ThreadPool.UnsafeQueueUserWorkItem(static channel => channel.Receive(null), this, preferLocal: false);
    }

    public void Flush()
    {
        lock (Gate)
        {
            if (_isSending || _isClosed || _pending.Count == 0)
            {
                return;
            }

            TakePending();
        }

        // Completes at once while the kernel has room; its own errors end the channel.
        _ = SendAsync();
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
            // The peer was faster, or whoever shares the socket.
        }

        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        if (_isStarted)
        {
            await _received.Task.ConfigureAwait(false);
        }

        _frames.Dispose();
        _incoming.Dispose();
        _receive.Dispose();
    }

    // Under Gate.
    private void TakePending()
    {
        _isSending = true;
        (_sending, _pending) = (_pending, _sending);
        Volatile.Write(ref _sendStarted, _time.GetTimestamp());
    }

    private async Task SendAsync()
    {
        while (true)
        {
            try
            {
                await _socket.SendAsync(_sending.Written, SocketFlags.None, CancellationToken.None)
                    .ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The peer has closed. What it sent before is still to be received, and the end comes behind it; until
                // then this side counts as sending, so that a peer that only takes nothing is found out as silent.
                return;
            }

            lock (Gate)
            {
                _sending.Clear();
                _isSending = false;
                if (_pending.Count == 0 || _isClosed)
                {
                    break;
                }

                TakePending();
            }
        }

        _sink?.OnSent();
    }

    // Receives until there is nothing to receive. Then the next receive goes on elsewhere, and this thread is free for
    // what the frames have called for.
    private void Receive(IThreadPoolWorkItem? called)
    {
        do
        {
            bool isUnderWay;
            try
            {
                _receive.SetBuffer(_incoming.Free(_frames.NeededBytes));
                isUnderWay = _socket.ReceiveAsync(_receive);
            }
            catch (ObjectDisposedException e)
            {
                Finish(e);
                called?.Execute();
                return;
            }

            if (isUnderWay)
            {
                called?.Execute();
                return;
            }

            if (called is not null)
            {
                ThreadPool.UnsafeQueueUserWorkItem(called, preferLocal: true);
            }
        }
        while (TryTake(out called));
    }

    private void Resume()
    {
        if (TryTake(out IThreadPoolWorkItem? called))
        {
            Receive(called);
        }
    }

    // Hands over what a receive has brought. False when it was the last.
    private bool TryTake(out IThreadPoolWorkItem? called)
    {
        called = null;
        if (_receive.SocketError != SocketError.Success)
        {
            Finish(new SocketException((int)_receive.SocketError));
            return false;
        }

        int count = _receive.BytesTransferred;
        bool goesOn = count > 0;
        if (goesOn)
        {
            goesOn = HandOver(count);
            called = _sink!.OnBatchEnd();
        }

        if (!goesOn)
        {
            Finish(null);
            called?.Execute();
        }

        return goesOn;
    }

    private bool HandOver(int count)
    {
        ReadOnlySequence<byte> bytes = _incoming.Received(count);
        while (true)
        {
            if (_frames.TryRead(ref bytes, out FrameHeader header, out ReadOnlySpan<byte> frame) is { } fault)
            {
                _sink!.OnFault(fault);
                return false;
            }

            if (frame.IsEmpty)
            {
                _incoming.Keep((int)bytes.Length);
                return true;
            }

            if (!_sink!.OnFrame(header, frame))
            {
                return false;
            }
        }
    }

    private void Finish(Exception? cause)
    {
        cause = _isClosed ? null : cause;
        Close();
        _incoming.Dispose();
        _sink!.OnClosed(cause);
        _received.TrySetResult();
    }
}
