using System.Buffers;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>
/// Splits received bytes into frames. A frame that lies in one piece is given where it lies; only one that straddles
/// two pieces is copied. Not safe for use from two threads at once.
/// </summary>
/// <param name="sender">Who sends.</param>
/// <param name="maxFrameBytes">The longest frame that is accepted.</param>
public sealed class FrameReader(PeerRole sender, int maxFrameBytes) : IDisposable
{
    private const int KeptBytes = 256 * 1024;

    private byte[] _scratch = [];

    /// <summary>How many bytes must be there before the next call can give a frame.</summary>
    public int NeededBytes { get; private set; } = FrameHeader.Size;

    /// <summary>Takes the next frame off the front. Null when there was no fault.</summary>
    /// <param name="bytes">What has been received; moved past the frame.</param>
    /// <param name="header">The frame's header.</param>
    /// <param name="frame">The frame, valid until the next call; empty when it is not there as a whole yet.</param>
    public FrameFault? TryRead(ref ReadOnlySequence<byte> bytes, out FrameHeader header, out ReadOnlySpan<byte> frame)
    {
        header = default;
        frame = default;
        NeededBytes = FrameHeader.Size;
        if (bytes.Length < FrameHeader.Size)
        {
            return null;
        }

        if (ReadHeader(bytes, out header) is { } fault)
        {
            return fault;
        }

        NeededBytes = header.Length;
        if (bytes.Length < header.Length)
        {
            return null;
        }

        ReadOnlySequence<byte> whole = bytes.Slice(0, header.Length);
        frame = whole.IsSingleSegment ? whole.FirstSpan : Join(whole);
        bytes = bytes.Slice(header.Length);
        NeededBytes = FrameHeader.Size;
        return null;
    }

    /// <summary>Gives its memory back.</summary>
    public void Dispose() => Resize(0);

    private FrameFault? ReadHeader(in ReadOnlySequence<byte> bytes, out FrameHeader header)
    {
        if (bytes.FirstSpan.Length >= FrameHeader.Size)
        {
            return FrameHeader.Read(bytes.FirstSpan, sender, maxFrameBytes, out header);
        }

        Span<byte> start = stackalloc byte[FrameHeader.Size];
        bytes.Slice(0, FrameHeader.Size).CopyTo(start);
        return FrameHeader.Read(start, sender, maxFrameBytes, out header);
    }

    private ReadOnlySpan<byte> Join(ReadOnlySequence<byte> whole)
    {
        int length = (int)whole.Length;
        if (_scratch.Length < length || (_scratch.Length > KeptBytes && length <= KeptBytes))
        {
            Resize(length);
        }

        whole.CopyTo(_scratch);
        return _scratch.AsSpan(0, length);
    }

    private void Resize(int length)
    {
        if (_scratch.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_scratch);
        }

        _scratch = length > 0 ? ArrayPool<byte>.Shared.Rent(length) : [];
    }
}
