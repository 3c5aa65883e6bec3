using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>
/// The writing end of a ring. Its own index is never read back from the memory; the peer's is checked in a private
/// copy. Not for several threads at once, but for <see cref="HasNewRoom"/>.
/// </summary>
internal sealed unsafe class RingWriter
{
    private readonly byte* _control;
    private readonly byte* _data;
    private readonly int _size;
    private ulong _tail;
    private ulong _seenHead;

    /// <param name="control">The ring's control page.</param>
    /// <param name="data">The ring's bytes.</param>
    /// <param name="size">How many, a power of two.</param>
    /// <param name="start">How many bytes the ring has carried before.</param>
    public RingWriter(byte* control, byte* data, int size, ulong start = 0)
    {
        _control = control;
        _data = data;
        _size = size;
        _tail = _seenHead = start;
    }

    /// <summary>Whether the peer has read since the last look. From any thread.</summary>
    public bool HasNewRoom =>
        Volatile.Read(ref *(ulong*)(_control + SegmentLayout.HeadAt)) != Volatile.Read(ref _seenHead);

    /// <summary>Writes as much as there is room for.</summary>
    /// <param name="bytes">What; a multiple of 8 bytes.</param>
    /// <param name="taken">How much of it was written.</param>
    /// <returns>Null, or what is wrong with the peer's index.</returns>
    public FrameFault? Write(ReadOnlySpan<byte> bytes, out int taken)
    {
        taken = 0;
        // The peer's cache line is touched only when the ring looks full.
        if (Room < bytes.Length && Look() is { } fault)
        {
            return fault;
        }

        taken = Math.Min(bytes.Length, Room);
        int at = (int)(_tail & (ulong)(_size - 1));
        int first = Math.Min(taken, _size - at);
        bytes[..first].CopyTo(new Span<byte>(_data + at, first));
        bytes[first..taken].CopyTo(new Span<byte>(_data, taken - first));
        _tail += (ulong)taken;
        Volatile.Write(ref *(ulong*)(_control + SegmentLayout.TailAt), _tail);
        return null;
    }

    /// <summary>Asks the reader to ring when it has read; look for room again afterwards.</summary>
    public void WantSpace()
    {
        Volatile.Write(ref *(uint*)(_control + SegmentLayout.SpaceWantedAt), 1);
        Interlocked.MemoryBarrier();
    }

    private int Room => _size - (int)(_tail - _seenHead);

    private FrameFault? Look()
    {
        ulong head = Volatile.Read(ref *(ulong*)(_control + SegmentLayout.HeadAt));
        if (head - _seenHead > _tail - _seenHead || head % SegmentLayout.RingAlignment != 0)
        {
            return FrameFault.Protocol("The peer's read index in shared memory jumped or ran backwards.");
        }

        Volatile.Write(ref _seenHead, head);
        return null;
    }
}
