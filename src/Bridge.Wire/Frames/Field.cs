using System.Buffers.Binary;

namespace ThemisBridge.Wire.Frames;

/// <summary>Numbers at an offset of a frame, little-endian whatever the machine is.</summary>
internal static class Field
{
    public static ushort U16(ReadOnlySpan<byte> frame, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(frame[offset..]);

    public static uint U32(ReadOnlySpan<byte> frame, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(frame[offset..]);

    public static int I32(ReadOnlySpan<byte> frame, int offset) =>
        BinaryPrimitives.ReadInt32LittleEndian(frame[offset..]);

    public static ulong U64(ReadOnlySpan<byte> frame, int offset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(frame[offset..]);

    public static double F64(ReadOnlySpan<byte> frame, int offset) =>
        BinaryPrimitives.ReadDoubleLittleEndian(frame[offset..]);

    public static void Put(Span<byte> frame, int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(frame[offset..], value);

    public static void Put(Span<byte> frame, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(frame[offset..], value);

    public static void Put(Span<byte> frame, int offset, int value) =>
        BinaryPrimitives.WriteInt32LittleEndian(frame[offset..], value);

    public static void Put(Span<byte> frame, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(frame[offset..], value);

    public static void Put(Span<byte> frame, int offset, double value) =>
        BinaryPrimitives.WriteDoubleLittleEndian(frame[offset..], value);
}
