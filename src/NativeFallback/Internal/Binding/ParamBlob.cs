using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>
/// One of llama.cpp's parameter structs without its fields: their places differ between releases and are found at run
/// time (<see cref="ContextLayout"/>). Larger than every struct so far (160 bytes), which is harmless: structs over 16
/// bytes are passed and returned through memory, and the library touches only its own part.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ParamBlob
{
    public const int ByteLength = 256;

    private fixed ulong _words[ByteLength / sizeof(ulong)];

    public int ReadInt32(int offset) => MemoryMarshal.Read<int>(Bytes[offset..]);

    public byte ReadByte(int offset) => Bytes[offset];

    public void Write(int offset, int value) => MemoryMarshal.Write(Bytes[offset..], value);

    public void Write(int offset, bool value) => Bytes[offset] = value ? (byte)1 : (byte)0;

    private Span<byte> Bytes => MemoryMarshal.AsBytes(
        MemoryMarshal.CreateSpan(ref Unsafe.As<ParamBlob, ulong>(ref Unsafe.AsRef(in this)),
            ByteLength / sizeof(ulong)));
}
