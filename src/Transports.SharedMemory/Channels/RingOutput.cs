using System.Buffers;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.SharedMemory.Channels;

/// <summary>
/// Frames on their way into a ring. What finds no room stays here, and the reader is asked to ring. Used under the
/// channel's lock, but for <see cref="CanGoOn"/> and <see cref="WantSpaceAgain"/>.
/// </summary>
/// <param name="ring">The ring.</param>
/// <param name="time">The clock.</param>
internal sealed class RingOutput(RingWriter ring, TimeProvider time)
{
    private OutgoingBuffer _pending = new();
    private OutgoingBuffer _sending = new();
    private int _sent;
    private volatile bool _isStalled;

    /// <summary>Where whole frames are appended.</summary>
    public IBufferWriter<byte> Frames => _pending;

    /// <summary>Bytes that are not in the ring yet.</summary>
    public long UnsentBytes => (long)_pending.Count + _sending.Count - _sent;

    /// <summary>Since when the ring has had no room, as a timestamp; null while it has.</summary>
    public long? StalledSince { get; private set; }

    /// <summary>Whether something waits for room, and there is some now. From any thread.</summary>
    public bool CanGoOn => _isStalled && ring.HasNewRoom;

    /// <summary>Writes what there is room for.</summary>
    /// <param name="hasMoved">Whether the reader has something to read.</param>
    /// <returns>Null, or what is wrong with the peer's index.</returns>
    public FrameFault? Push(out bool hasMoved)
    {
        hasMoved = false;
        bool isLastTry = false;
        while (TryTake())
        {
            if (ring.Write(_sending.Written.Span[_sent..], out int taken) is { } fault)
            {
                return fault;
            }

            _sent += taken;
            hasMoved |= taken > 0;
            if (_sent == _sending.Count)
            {
                continue;
            }

            if (isLastTry)
            {
                StalledSince = hasMoved || StalledSince is null ? time.GetTimestamp() : StalledSince;
                return null;
            }

            // Room that was made before the reader could see the wish is found by the second try. Said before the wish:
            // a thread that goes to sleep now either sees it, or is woken by whoever sees the wish.
            isLastTry = true;
            _isStalled = true;
            ring.WantSpace();
        }

        StalledSince = null;
        _isStalled = false;
        return null;
    }

    /// <summary>
    /// Repeats the wish for room, if there still is one. For the thread that carries on, once its bell can ring: the
    /// reader may have taken the wish back while that thread was awake, for room which was used up since.
    /// </summary>
    public void WantSpaceAgain()
    {
        if (_isStalled)
        {
            ring.WantSpace();
        }
    }

    private bool TryTake()
    {
        if (_sent < _sending.Count)
        {
            return true;
        }

        _sending.Clear();
        _sent = 0;
        (_sending, _pending) = (_pending, _sending);
        return _sending.Count > 0;
    }

}
