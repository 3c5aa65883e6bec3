using System.Buffers.Binary;

namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>The numbers of a segment: in its header and in the offer. FRAMING.md section 8.</summary>
internal static class SegmentHeader
{
    /// <summary>Writes a header without nonces.</summary>
    public static void Write(Span<byte> header, int ringBytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(header[SegmentLayout.MagicAt..], SegmentLayout.Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[SegmentLayout.MajorAt..], SegmentLayout.Major);
        BinaryPrimitives.WriteUInt16LittleEndian(header[SegmentLayout.MinorAt..], SegmentLayout.Minor);
        BinaryPrimitives.WriteUInt32LittleEndian(header[SegmentLayout.RingBytesAt..], (uint)ringBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(
            header[SegmentLayout.SegmentBytesAt..], (ulong)SegmentLayout.SegmentBytes(ringBytes));
    }

    /// <summary>What is wrong with a header; null when it says what the offer said.</summary>
    /// <param name="header">A private copy.</param>
    /// <param name="ringBytes">The offer's ring.</param>
    public static string? FaultOf(ReadOnlySpan<byte> header, int ringBytes) =>
        BinaryPrimitives.ReadUInt64LittleEndian(header[SegmentLayout.MagicAt..]) != SegmentLayout.Magic
            ? "the memory does not begin as a segment does."
        : BinaryPrimitives.ReadUInt16LittleEndian(header[SegmentLayout.MajorAt..]) != SegmentLayout.Major
            ? "the segment is of another version."
        : BinaryPrimitives.ReadUInt32LittleEndian(header[SegmentLayout.RingBytesAt..]) != (uint)ringBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(header[SegmentLayout.SegmentBytesAt..])
                != (ulong)SegmentLayout.SegmentBytes(ringBytes)
            ? "the segment has another size than the offer says." : null;

    /// <summary>The body of an offer.</summary>
    public static byte[] Offer(int ringBytes)
    {
        byte[] body = new byte[SegmentLayout.OfferSize];
        BinaryPrimitives.WriteUInt16LittleEndian(body, SegmentLayout.Major);
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(2), SegmentLayout.Minor);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(4), (uint)ringBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(8), (ulong)SegmentLayout.SegmentBytes(ringBytes));
        return body;
    }

    /// <summary>Reads the body of an offer.</summary>
    /// <param name="body">The body.</param>
    /// <param name="ringBytes">The size of each ring; 0 when there is a fault.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? ReadOffer(ReadOnlySpan<byte> body, out int ringBytes)
    {
        ringBytes = 0;
        if (body.Length != SegmentLayout.OfferSize)
        {
            return "the offer has another length.";
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(body) != SegmentLayout.Major)
        {
            return "the offer is of another version.";
        }

        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
        if (!SegmentLayout.IsRingSize(bytes)
            || BinaryPrimitives.ReadUInt64LittleEndian(body[8..]) != (ulong)SegmentLayout.SegmentBytes((int)bytes))
        {
            return "the offered sizes are none that a segment can have.";
        }

        ringBytes = (int)bytes;
        return null;
    }
}
