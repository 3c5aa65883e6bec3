using System.Runtime.InteropServices;

namespace ThemisBridge.Wire.Frames;

/// <summary>Takes the sections of a frame apart, one after the other, after their sizes were checked
/// together.</summary>
internal ref struct Sections
{
    private ReadOnlySpan<byte> _rest;

    private Sections(ReadOnlySpan<byte> rest) => _rest = rest;

    /// <summary>Checks that fixed part and sections fill the frame, but for padding, which is zero.</summary>
    /// <param name="frame">The whole frame.</param>
    /// <param name="size">Size of header and fixed part.</param>
    /// <param name="bytes">Size of all sections together.</param>
    /// <param name="sections">The sections.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, int size, ulong bytes, out Sections sections)
    {
        sections = default;
        ulong used = (ulong)size + bytes;
        if (used > (ulong)frame.Length || (used + 7) / 8 * 8 != (ulong)frame.Length)
        {
            return FrameFault.Protocol("A frame's length is not that of its sections.");
        }

        if (frame[(int)used..].ContainsAnyExcept((byte)0))
        {
            return FrameFault.Protocol("A frame's padding is not zero.");
        }

        sections = new Sections(frame[size..(int)used]);
        return null;
    }

    /// <summary>The next bytes.</summary>
    public ReadOnlySpan<byte> Bytes(uint count)
    {
        ReadOnlySpan<byte> taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    /// <summary>The next numbers, where they lie.</summary>
    public ReadOnlySpan<T> Numbers<T>(uint count)
        where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(Bytes(count * 4));
}
