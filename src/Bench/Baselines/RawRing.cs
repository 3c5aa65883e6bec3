namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// The least ring of records that works between one writer and one reader: two counters two cache lines apart, a length
/// before each record, no system call. Both sides of a pair trust each other: this is a baseline, not a channel.
/// </summary>
/// <param name="region">Where it lies; zeros at first. The ring is used only while the region lives.</param>
/// <param name="offset">Where it begins there; it is <see cref="Bytes"/> long.</param>
internal sealed unsafe class RawRing(MappedRegion region, int offset)
{
    /// <summary>Header and data of one ring.</summary>
    public const int Bytes = DataAt + Capacity;

    private const int TailAt = 128;
    private const int DataAt = 4096;
    private const int Capacity = 64 * 1024;
    private const int LengthBytes = 8;
    private const long Wrap = -1;

    private readonly long* _head = (long*)(region.Pointer + offset);
    private readonly long* _tail = (long*)(region.Pointer + offset + TailAt);
    private readonly byte* _data = region.Pointer + offset + DataAt;

    // The other side's index as it was last seen: its cache line is touched only when the ring looks full or empty.
    private long _seenHead;
    private long _seenTail;

    /// <summary>Appends a record, or returns false while there is no room.</summary>
    /// <param name="record">At most an eighth of the capacity.</param>
    public bool TryWrite(ReadOnlySpan<byte> record)
    {
        var tail = *_tail;
        var need = LengthBytes + Aligned(record.Length);
        var toEnd = Capacity - (int)(tail % Capacity);
        var skip = need > toEnd ? toEnd : 0;
        if (tail + skip + need - _seenHead > Capacity)
        {
            _seenHead = Volatile.Read(ref *_head);
            if (tail + skip + need - _seenHead > Capacity)
                return false;
        }
        if (skip > 0)
        {
            *(long*)(_data + tail % Capacity) = Wrap;
            tail += skip;
        }
        var at = _data + tail % Capacity;
        *(long*)at = record.Length;
        record.CopyTo(new Span<byte>(at + LengthBytes, record.Length));
        Volatile.Write(ref *_tail, tail + need);
        return true;
    }

    /// <summary>Takes the next record, or returns false while there is none.</summary>
    /// <param name="record">At least as long as any record.</param>
    /// <param name="length">The record's length.</param>
    public bool TryRead(Span<byte> record, out int length)
    {
        length = 0;
        var head = *_head;
        if (_seenTail == head)
        {
            _seenTail = Volatile.Read(ref *_tail);
            if (_seenTail == head)
                return false;
        }
        if (*(long*)(_data + head % Capacity) == Wrap)
            head += Capacity - head % Capacity;
        var at = _data + head % Capacity;
        length = (int)*(long*)at;
        new ReadOnlySpan<byte>(at + LengthBytes, length).CopyTo(record);
        Volatile.Write(ref *_head, head + LengthBytes + Aligned(length));
        return true;
    }

    private static int Aligned(int length) => (length + 7) & ~7;
}
