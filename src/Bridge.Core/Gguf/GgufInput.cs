using System.Buffers.Binary;
using System.Text;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Gguf;

/// <summary>Reads little-endian values from a seekable stream and refuses to read past its end.</summary>
internal sealed class GgufInput
{
    private const int WindowBytes = 64 * 1024;

    // Keys and names are looked up and compared, so what is no UTF-8 is refused rather than replaced.
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    private readonly Stream _stream;
    private readonly string _name;
    private readonly byte[] _window = new byte[WindowBytes];
    private int _start;
    private int _end;

    public GgufInput(Stream stream, string name)
    {
        _stream = stream;
        _name = name;
        Length = stream.Length;
        stream.Position = 0;
    }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; }

    /// <summary>Where the next read happens, in bytes from the start.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes from here to the end.</summary>
    public long Remaining => Length - Position;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A 64-bit length or count, refused when it is over a limit.</summary>
    public long ReadCount(string what, long limit)
    {
        long at = Position;
        ulong count = ReadUInt64();
        if (count > (ulong)limit)
        {
            throw Invalid(at, $"{what} is {count}, over the limit of {limit}");
        }

        return (long)count;
    }

    /// <summary>A key or name: UTF-8 behind its length, not empty.</summary>
    public string ReadName(string what, long limit)
    {
        long at = Position;
        byte[] bytes = ReadTextBytes(what, limit);
        if (bytes.Length == 0)
        {
            throw Invalid(at, $"{what} is empty");
        }

        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Invalid(at, $"{what} is not UTF-8");
        }
    }

    /// <summary>Text behind its length; bytes that are no UTF-8 become U+FFFD.</summary>
    public string ReadText(string what, long limit) => Encoding.UTF8.GetString(ReadTextBytes(what, limit));

    /// <summary>The bytes of a text behind its length.</summary>
    public byte[] ReadTextBytes(string what, long limit)
    {
        long length = ReadCount($"the length of {what}", limit);
        Need(length, what);
        byte[] bytes = new byte[length];
        Span<byte> rest = bytes;
        while (rest.Length > 0)
        {
            ReadOnlySpan<byte> part = Take(Math.Min(rest.Length, WindowBytes));
            part.CopyTo(rest);
            rest = rest[part.Length..];
        }

        return bytes;
    }

    /// <summary>Passes over bytes without reading them.</summary>
    public void Skip(long count, string what)
    {
        Need(count, what);
        Position += count;
        if (count <= _end - _start)
        {
            _start += (int)count;
            return;
        }

        _start = _end = 0;
        _stream.Position = Position;
    }

    /// <summary>The failure for something wrong at an offset.</summary>
    public BridgeException Invalid(long offset, string what) => GgufFailure.At(_name, offset, what);

    private ReadOnlySpan<byte> Take(int count)
    {
        Need(count, "the header");
        if (_end - _start < count)
        {
            _window.AsSpan(_start, _end - _start).CopyTo(_window);
            _end -= _start;
            _start = 0;
            _end += _stream.ReadAtLeast(_window.AsSpan(_end), count - _end, throwOnEndOfStream: false);
            if (_end < count)
            {
                throw GgufFailure.Of(_name, $"it became shorter while it was read (byte {Position})");
            }
        }

        ReadOnlySpan<byte> taken = _window.AsSpan(_start, count);
        _start += count;
        Position += count;
        return taken;
    }

    private void Need(long count, string what)
    {
        if (count > Remaining)
        {
            throw Invalid(
                Position, $"the file ends inside {what}: {count} bytes are needed and {Remaining} are left");
        }
    }
}
