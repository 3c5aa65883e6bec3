using System.Buffers;

namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>Frames on their way out, in one piece, so that one call to the kernel takes them all.</summary>
internal sealed class OutgoingBuffer : IBufferWriter<byte>
{
    private const int FirstBytes = 16 * 1024;
    private const int KeptBytes = 1024 * 1024;

    private byte[] _bytes = [];

    /// <summary>How many bytes it holds.</summary>
    public int Count { get; private set; }

    /// <summary>What it holds.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Count);

    public void Advance(int count) => Count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsSpan(Count);
    }

    /// <summary>Empties it; memory beyond the usual is given back.</summary>
    public void Clear()
    {
        Count = 0;
        if (_bytes.Length > KeptBytes)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }

    private void Grow(int wanted)
    {
        int needed = checked(Count + Math.Max(wanted, 1));
        if (needed <= _bytes.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(FirstBytes, 2 * _bytes.Length)));
        _bytes.AsSpan(0, Count).CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
