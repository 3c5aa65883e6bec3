using System.Runtime.InteropServices;
using ThemisBridge.Transports.SharedMemory.Rings;

namespace ThemisBridge.Transports.SharedMemory.Tests.Rings;

/// <summary>A ring of any size in this process's own memory, with both ends and the words between them.</summary>
internal sealed unsafe class RawRing : IDisposable
{
    private readonly byte* _memory;

    public RawRing(int size, ulong start = 0)
    {
        Size = size;
        nuint bytes = (nuint)(SegmentLayout.ControlSize + size);
        _memory = (byte*)NativeMemory.AlignedAlloc(bytes, SegmentLayout.ControlSize);
        new Span<byte>(_memory, SegmentLayout.ControlSize + size).Clear();
        Tail = Head = start;
        Writer = new RingWriter(_memory, _memory + SegmentLayout.ControlSize, size, start);
        Reader = new RingReader(_memory, _memory + SegmentLayout.ControlSize, size, start);
        Bell = new Bell((uint*)(_memory + SegmentLayout.BellAt));
    }

    public int Size { get; }

    public RingWriter Writer { get; }

    public RingReader Reader { get; }

    public Bell Bell { get; }

    public uint BellWord => *(uint*)(_memory + SegmentLayout.BellAt);

    public ulong Tail
    {
        get => *(ulong*)(_memory + SegmentLayout.TailAt);
        set => *(ulong*)(_memory + SegmentLayout.TailAt) = value;
    }

    public ulong Head
    {
        get => *(ulong*)(_memory + SegmentLayout.HeadAt);
        set => *(ulong*)(_memory + SegmentLayout.HeadAt) = value;
    }

    public Span<byte> Data => new(_memory + SegmentLayout.ControlSize, Size);

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
