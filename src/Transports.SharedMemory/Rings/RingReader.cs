using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>
/// The reading end of a ring. Bytes are copied out before anything in them is looked at; the peer's index is checked in
/// a private copy. Not for several threads at once.
/// </summary>
internal sealed unsafe class RingReader
{
    private readonly byte* _control;
    private readonly byte* _data;
    private readonly int _size;
    private ulong _head;
    private ulong _seenTail;

    /// <param name="control">The ring's control page.</param>
    /// <param name="data">The ring's bytes.</param>
    /// <param name="size">How many, a power of two.</param>
    /// <param name="start">How many bytes the ring has carried before.</param>
    public RingReader(byte* control, byte* data, int size, ulong start = 0)
    {
        _control = control;
        _data = data;
        _size = size;
        _head = _seenTail = start;
    }

    /// <summary>Whether the peer's index is another than when everything was read.</summary>
    public bool HasNews => Volatile.Read(ref *(ulong*)(_control + SegmentLayout.TailAt)) != _head;

    /// <summary>Looks how much there is.</summary>
    /// <param name="available">How many bytes can be read.</param>
    /// <returns>Null, or what is wrong with the peer's index.</returns>
    public FrameFault? Look(out int available)
    {
        ulong tail = Volatile.Read(ref *(ulong*)(_control + SegmentLayout.TailAt));
        if (tail - _head > (ulong)_size || tail - _seenTail > (ulong)_size || tail % SegmentLayout.RingAlignment != 0)
        {
            available = 0;
            return FrameFault.Protocol("The peer's write index in shared memory jumped or ran backwards.");
        }

        _seenTail = tail;
        available = (int)(tail - _head);
        return null;
    }

    /// <summary>Copies out what the last look found.</summary>
    /// <param name="into">Where to.</param>
    /// <returns>How many bytes; a multiple of 8.</returns>
    public int Read(Span<byte> into)
    {
        int count = Math.Min((int)(_seenTail - _head), into.Length & ~(SegmentLayout.RingAlignment - 1));
        int at = (int)(_head & (ulong)(_size - 1));
        int first = Math.Min(count, _size - at);
        new ReadOnlySpan<byte>(_data + at, first).CopyTo(into);
        new ReadOnlySpan<byte>(_data, count - first).CopyTo(into[first..]);
        _head += (ulong)count;
        Volatile.Write(ref *(ulong*)(_control + SegmentLayout.HeadAt), _head);
        return count;
    }

    /// <summary>Whether the writer waits for the room that was made. It is then the caller's to ring.</summary>
    public bool TakeSpaceWanted()
    {
        Interlocked.MemoryBarrier();
        ref uint wanted = ref *(uint*)(_control + SegmentLayout.SpaceWantedAt);
        return Volatile.Read(ref wanted) != 0 && Interlocked.Exchange(ref wanted, 0) != 0;
    }
}
