using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>Starts a frame in a buffer; its writer fills fixed part and sections and then advances the
/// buffer.</summary>
internal static class FrameStart
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    // Numbers in columns are copied as the machine has them.
    static FrameStart()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("ThemisBridge's frames need a little-endian machine.");
        }
    }

    /// <summary>The frame's bytes: header written, fixed part and padding zero, sections not cleared.</summary>
    public static Span<byte> Begin(IBufferWriter<byte> output, FrameType type, byte flags, int size, long sections)
    {
        long length = (size + sections + 7) / 8 * 8;
        if (length > WireLimits.MaxFrameBytes)
        {
            throw new BridgeException(BridgeFailure.LimitExceeded, FailureStage.Admit,
                $"A message of {length} bytes is over the limit of {WireLimits.MaxFrameBytes}. Send less at once.");
        }

        Span<byte> frame = output.GetSpan((int)length)[..(int)length];
        frame[..size].Clear();
        frame[(int)(size + sections)..].Clear();
        Field.Put(frame, FrameLayout.Header.Length, (uint)length);
        frame[FrameLayout.Header.Type] = (byte)type;
        frame[FrameLayout.Header.Flags] = flags;
        return frame;
    }

    /// <summary>The length of a text in UTF-8, which must not exceed a limit.</summary>
    /// <exception cref="BridgeException">It does, or it is not well-formed.</exception>
    public static int Utf8Length(string? text, string field, int limit)
    {
        if (string.IsNullOrEmpty(text))
        {
            return 0;
        }

        int length;
        try
        {
            length = StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException e)
        {
            throw Refusal.InvalidRequest(field,
                $"{field} has half of a surrogate pair at index {e.Index}. Send well-formed Unicode.");
        }

        return length <= limit ? length : throw Refusal.InvalidRequest(field,
            $"{field} has {length} bytes in UTF-8; at most {limit} are possible.");
    }

    /// <summary>As much of a text as a limit permits, cut between characters.</summary>
    public static string Cut(string text, int limit)
    {
        if (text.Length * 3 <= limit || Encoding.UTF8.GetByteCount(text) <= limit)
        {
            return text;
        }

        int length = limit / 3;
        return text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }

    /// <summary>Writes a text, whose length was taken before, and moves on.</summary>
    public static void Text(ref Span<byte> rest, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            rest = rest[Encoding.UTF8.GetBytes(text, rest)..];
        }
    }

    /// <summary>Writes numbers and moves on.</summary>
    public static void Numbers<T>(ref Span<byte> rest, ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(numbers);
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    /// <summary>Writes bytes and moves on.</summary>
    public static void Bytes(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }
}
