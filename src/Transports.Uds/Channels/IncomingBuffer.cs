using System.Buffers;

namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>
/// Received bytes, in one piece: as large as a receive usually needs, and for the time of a larger frame as large as
/// that.
/// </summary>
internal sealed class IncomingBuffer : IDisposable
{
    private const int UsualBytes = 64 * 1024;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    /// <summary>Room for the next receive, with what is kept and at least this many bytes in one piece.</summary>
    public Memory<byte> Free(int needed)
    {
        int kept = _end - _start;
        if (_start + needed > _bytes.Length || _bytes.Length > Math.Max(needed, UsualBytes))
        {
            Move(kept, Math.Max(needed, UsualBytes));
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary>A receive has brought bytes.</summary>
    /// <param name="count">How many.</param>
    /// <returns>All that are there; valid until the next room is asked for.</returns>
    public ReadOnlySequence<byte> Received(int count)
    {
        _end += count;
        return new ReadOnlySequence<byte>(_bytes, _start, _end - _start);
    }

    /// <summary>All but the last bytes are done with.</summary>
    /// <param name="count">How many are kept.</param>
    public void Keep(int count)
    {
        _start = _end - count;
        if (count == 0)
        {
            (_start, _end) = (0, 0);
        }
    }

    /// <summary>Gives its memory back, once, however many dispose it at the same time.</summary>
    public void Dispose()
    {
        byte[] bytes = Interlocked.Exchange(ref _bytes, []);
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    // To the front, and into another array where this one is too small or larger than needed.
    private void Move(int kept, int size)
    {
        if (size > _bytes.Length || _bytes.Length > 2 * size)
        {
            byte[] other = ArrayPool<byte>.Shared.Rent(size);
            _bytes.AsSpan(_start, kept).CopyTo(other);
            Dispose();
            _bytes = other;
        }
        else
        {
            _bytes.AsSpan(_start, kept).CopyTo(_bytes);
        }

        (_start, _end) = (0, kept);
    }
}
