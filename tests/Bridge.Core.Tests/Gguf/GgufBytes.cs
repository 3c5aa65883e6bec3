using System.Buffers.Binary;
using System.Text;
using ThemisBridge.Core.Gguf;

namespace ThemisBridge.Core.Tests.Gguf;

/// <summary>Writes GGUF files byte by byte, the wrong ones too. The fields are what the format calls them.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte> _bytes = [];

    /// <summary>A small sound file: two metadata entries and two tensors of 64 bytes each.</summary>
    public static byte[] Sound() => new GgufBytes()
        .Header(3, tensors: 2, keys: 2)
        .TextKey("general.architecture", "llama")
        .Key("llama.context_length", GgufValueType.UInt32).UInt32(2048)
        .Tensor("a", [16], typeId: 0, offset: 0)
        .Tensor("b", [8, 2], typeId: 0, offset: 64)
        .Data(128);

    /// <summary>A file with one metadata entry and no tensors.</summary>
    public static byte[] WithKey(Func<GgufBytes, GgufBytes> entry) =>
        entry(new GgufBytes().Header(3, tensors: 0, keys: 1)).Done();

    /// <summary>A file with these tensors over some bytes of data.</summary>
    public static byte[] WithTensors(int count, int dataBytes, Func<GgufBytes, GgufBytes> entries) =>
        entries(new GgufBytes().Header(3, tensors: (ulong)count, keys: 0)).Data(dataBytes);

    public GgufBytes Header(uint version, ulong tensors, ulong keys) =>
        Raw("GGUF"u8).UInt32(version).UInt64(tensors).UInt64(keys);

    public GgufBytes Key(string key, GgufValueType type) => Text(key).UInt32((uint)type);

    public GgufBytes TextKey(string key, string value) => Key(key, GgufValueType.Text).Text(value);

    public GgufBytes ArrayKey(string key, GgufValueType element, ulong count) =>
        Key(key, GgufValueType.Array).UInt32((uint)element).UInt64(count);

    public GgufBytes Tensor(string name, ulong[] dimensions, uint typeId, ulong offset)
    {
        Text(name).UInt32((uint)dimensions.Length);
        foreach (ulong dimension in dimensions)
        {
            UInt64(dimension);
        }

        return UInt32(typeId).UInt64(offset);
    }

    public GgufBytes Text(string value) =>
        UInt64((ulong)Encoding.UTF8.GetByteCount(value)).Raw(Encoding.UTF8.GetBytes(value));

    public GgufBytes UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public GgufBytes UInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public GgufBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>Pads to the default alignment, adds the tensors' bytes and ends the file.</summary>
    public byte[] Data(int count)
    {
        while (_bytes.Count % 32 != 0)
        {
            _bytes.Add(0);
        }

        _bytes.AddRange(new byte[count]);
        return Done();
    }

    public byte[] Done() => [.. _bytes];
}
