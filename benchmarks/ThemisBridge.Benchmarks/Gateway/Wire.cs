using System.Buffers.Text;

namespace ThemisBridge.Benchmarks.Gateway;

/// <summary>Just enough HTTP/1.1 to know where a message ends.</summary>
internal static class Wire
{
    /// <summary>The length of a request with a Content-Length, or null before its head is whole.</summary>
    public static int? RequestLength(ReadOnlySpan<byte> bytes)
    {
        int head = bytes.IndexOf("\r\n\r\n"u8);
        return head < 0 ? null : head + 4 + (ContentLength(bytes[..head]) ?? 0);
    }

    /// <summary>Whether an answer is whole: by its Content-Length, or by the last chunk.</summary>
    public static bool IsWholeAnswer(ReadOnlySpan<byte> bytes)
    {
        int head = bytes.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        return ContentLength(bytes[..head]) is { } length
            ? bytes.Length >= head + 4 + length
            : bytes.EndsWith("0\r\n\r\n"u8);
    }

    private static int? ContentLength(ReadOnlySpan<byte> head)
    {
        foreach (Range range in head.Split("\r\n"u8))
        {
            ReadOnlySpan<byte> line = head[range];
            int colon = line.IndexOf((byte)':');
            if (colon > 0 && System.Text.Ascii.EqualsIgnoreCase(line[..colon], "content-length"u8)
                && Utf8Parser.TryParse(line[(colon + 1)..].TrimStart((byte)' '), out int length, out _))
            {
                return length;
            }
        }

        return null;
    }
}
