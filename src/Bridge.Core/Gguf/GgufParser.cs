namespace ThemisBridge.Core.Gguf;

/// <summary>
/// Reads the header of a GGUF file, versions 2 and 3: magic, counts, metadata, tensor table. Everything the file claims
/// is checked against the limits and the file's length before it is believed.
/// </summary>
internal sealed class GgufParser(GgufInput input, string file)
{
    private const uint Magic = 0x46554747;          // "GGUF"
    private const int DefaultAlignment = 32;
    private const int SmallestKeyValueBytes = 14;   // length, one letter, type, one byte
    private const int SmallestTensorBytes = 33;     // length, one letter, dimension count, one dimension, type, offset

    private long _textBytesLeft = GgufLimits.MaxTextBytes;

    public GgufHeader Parse()
    {
        int version = ReadVersion();
        long tensorCount = ReadTableCount("the number of tensors", GgufLimits.MaxTensors, SmallestTensorBytes);
        long keyCount =
            ReadTableCount("the number of metadata entries", GgufLimits.MaxKeyValues, SmallestKeyValueBytes);
        Dictionary<string, GgufValue> metadata = ReadMetadata(keyCount);
        long alignment = ReadAlignment(metadata);
        GgufTensorTable table = new(input, alignment);
        for (long i = 0; i < tensorCount; i++)
        {
            table.ReadEntry();
        }

        return new GgufHeader(file)
        {
            Version = version,
            FileLength = input.Length,
            Alignment = (int)alignment,
            Metadata = metadata,
            Tensors = table.Complete(),
        };
    }

    private int ReadVersion()
    {
        if (input.Length < 24)
        {
            throw input.Invalid(0, $"it has {input.Length} bytes, less than the smallest header");
        }

        if (input.ReadUInt32() != Magic)
        {
            throw input.Invalid(0, "it does not begin with 'GGUF'");
        }

        uint version = input.ReadUInt32();
        if (version is not 0 && (version & 0xFFFF) == 0)
        {
            throw GgufFailure.Of(file, "it is big-endian (at byte 4)", "Convert it to little-endian.");
        }

        return version is 2 or 3
            ? (int)version
            : throw GgufFailure.Of(
                file, $"its version is {version} (at byte 4)", "Only versions 2 and 3 are known: convert it anew.");
    }

    private long ReadTableCount(string what, long limit, int smallestEntry)
    {
        long at = input.Position;
        long count = input.ReadCount(what, limit);
        return count <= input.Remaining / smallestEntry
            ? count
            : throw input.Invalid(at, $"{what} is {count}, more than {input.Remaining} bytes can hold");
    }

    private Dictionary<string, GgufValue> ReadMetadata(long count)
    {
        Dictionary<string, GgufValue> metadata = new(StringComparer.Ordinal);
        for (long i = 0; i < count; i++)
        {
            long at = input.Position;
            string key = input.ReadName("a metadata key", GgufLimits.MaxKeyBytes);
            if (!metadata.TryAdd(key, ReadValue(key)))
            {
                throw input.Invalid(at, $"the key {key} occurs twice");
            }
        }

        return metadata;
    }

    private GgufValue ReadValue(string key)
    {
        GgufValueType type = ReadType(key);
        if (type == GgufValueType.Array)
        {
            return ReadArray(key);
        }

        long offset = input.Position;
        return type switch
        {
            GgufValueType.UInt8 => Integer(type, offset, input.ReadByte()),
            GgufValueType.Int8 => Integer(type, offset, (sbyte)input.ReadByte()),
            GgufValueType.UInt16 => Integer(type, offset, input.ReadUInt16()),
            GgufValueType.Int16 => Integer(type, offset, (short)input.ReadUInt16()),
            GgufValueType.UInt32 => Integer(type, offset, input.ReadUInt32()),
            GgufValueType.Int32 => Integer(type, offset, (int)input.ReadUInt32()),
            GgufValueType.Boolean => Integer(type, offset, input.ReadByte() != 0 ? 1 : 0),
            GgufValueType.Int64 => Integer(type, offset, (long)input.ReadUInt64()),
            GgufValueType.UInt64 => Unsigned(offset, input.ReadUInt64()),
            GgufValueType.Float32 => Number(type, offset, BitConverter.UInt32BitsToSingle(input.ReadUInt32())),
            GgufValueType.Float64 => Number(type, offset, BitConverter.UInt64BitsToDouble(input.ReadUInt64())),
            _ => ReadTextValue(key, offset),
        };
    }

    private GgufValueType ReadType(string key)
    {
        long at = input.Position;
        uint type = input.ReadUInt32();
        return type <= (uint)GgufValueType.Float64
            ? (GgufValueType)type
            : throw input.Invalid(at, $"the value of {key} has the unknown type {type}");
    }

    private GgufValue ReadTextValue(string key, long offset)
    {
        string text = input.ReadText($"the value of {key}", _textBytesLeft);
        _textBytesLeft -= input.Position - offset - sizeof(ulong);
        return new GgufValue { Type = GgufValueType.Text, FileOffset = offset, Text = text };
    }

    private GgufValue ReadArray(string key)
    {
        long typeAt = input.Position;
        GgufValueType element = ReadType(key);
        if (element == GgufValueType.Array)
        {
            throw input.Invalid(typeAt, $"the value of {key} is an array of arrays");
        }

        long count = input.ReadCount($"the number of elements of {key}", GgufLimits.MaxArrayElements);
        long offset = input.Position;
        if (element == GgufValueType.Text)
        {
            for (long i = 0; i < count; i++)
            {
                input.Skip(input.ReadCount($"the length of an element of {key}", GgufLimits.MaxTextBytes), key);
            }
        }
        else
        {
            input.Skip(count * ElementBytes(element), $"the value of {key}");
        }

        return new GgufValue
        {
            Type = GgufValueType.Array,
            FileOffset = offset,
            ElementType = element,
            ElementCount = count,
        };
    }

    private long ReadAlignment(Dictionary<string, GgufValue> metadata)
    {
        if (!metadata.TryGetValue("general.alignment", out GgufValue? value))
        {
            return DefaultAlignment;
        }

        return value is { Type: GgufValueType.UInt32, Integer: > 0 and <= GgufLimits.MaxAlignment }
            && long.IsPow2(value.Integer.Value)
            ? value.Integer.Value
            : throw input.Invalid(
                value.FileOffset, "general.alignment is not a power of two of at most 2²⁰ as a 32-bit integer");
    }

    private static int ElementBytes(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Boolean => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        _ => 8,
    };

    private static GgufValue Integer(GgufValueType type, long offset, long value) =>
        new() { Type = type, FileOffset = offset, Integer = value };

    private static GgufValue Unsigned(long offset, ulong value) => new()
    {
        Type = GgufValueType.UInt64,
        FileOffset = offset,
        Integer = value <= long.MaxValue ? (long)value : null,
    };

    private static GgufValue Number(GgufValueType type, long offset, double value) =>
        new() { Type = type, FileOffset = offset, Float = value };
}
