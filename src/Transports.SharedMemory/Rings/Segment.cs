using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>
/// The mapped memory of one connection: a header and two rings. Whoever uses its ends makes sure that nobody does
/// after it was disposed.
/// </summary>
internal sealed unsafe class Segment : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private Segment(SafeFileHandle file, int ringBytes)
    {
        RingBytes = ringBytes;
        long bytes = SegmentLayout.SegmentBytes(ringBytes);
        // Not inherited by a child: the runtime asks the kernel for MADV_DONTFORK.
        using var mapped = MemoryMappedFile.CreateFromFile(
            file, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = mapped.CreateViewAccessor(0, bytes, MemoryMappedFileAccess.ReadWrite);
        // The finalizer of a view that was pinned would never unmap it.
        _start = (byte*)_view.SafeMemoryMappedViewHandle.DangerousGetHandle() + _view.PointerOffset;
    }

    /// <summary>The size of each ring.</summary>
    public int RingBytes { get; }

    /// <summary>The header's first bytes, where the numbers are.</summary>
    public ReadOnlySpan<byte> Header => new(_start, SegmentLayout.ClientNonceAt + SegmentLayout.NonceSize);

    /// <summary>Maps a file that was just made, and writes its header with a fresh nonce.</summary>
    public static Segment Create(SafeFileHandle file, int ringBytes)
    {
        var segment = new Segment(file, ringBytes);
        SegmentHeader.Write(new Span<byte>(segment._start, SegmentLayout.HeaderSize), ringBytes);
        RandomNumberGenerator.Fill(segment.Nonce(PeerRole.Listener));
        return segment;
    }

    /// <summary>Maps a file that a peer passed and that was checked.</summary>
    public static Segment Map(SafeFileHandle file, int ringBytes) => new(file, ringBytes);

    /// <summary>A side's proof that it sees this memory. The peer may change it at any time.</summary>
    public Span<byte> Nonce(PeerRole role) => new(
        _start + (role == PeerRole.Client ? SegmentLayout.ClientNonceAt : SegmentLayout.ListenerNonceAt),
        SegmentLayout.NonceSize);

    /// <summary>The ring that a side reads.</summary>
    public RingReader Reader(PeerRole role) => new(Control(role), Data(role), RingBytes);

    /// <summary>The ring that a side writes.</summary>
    public RingWriter Writer(PeerRole role) => new(Control(Other(role)), Data(Other(role)), RingBytes);

    /// <summary>The bell that wakes a side.</summary>
    public Bell BellOf(PeerRole role) => new((uint*)(Control(role) + SegmentLayout.BellAt));

    /// <summary>The control page of the ring that a side reads.</summary>
    public byte* Control(PeerRole reader) =>
        _start + (reader == PeerRole.Listener ? SegmentLayout.ToListenerAt : SegmentLayout.ToClientAt);

    /// <summary>The bytes of the ring that a side reads.</summary>
    public byte* Data(PeerRole reader) =>
        _start + SegmentLayout.DataAt + (reader == PeerRole.Listener ? 0 : RingBytes);

    public void Dispose() => _view.Dispose();

    /// <summary>The side at the other end.</summary>
    public static PeerRole Other(PeerRole role) => role == PeerRole.Client ? PeerRole.Listener : PeerRole.Client;
}
