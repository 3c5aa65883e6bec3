using System.Buffers;
using CsCheck;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Tests.Vectors;

namespace ThemisBridge.Wire.Tests.Frames;

public sealed class FrameReaderTests
{
    private static readonly byte[][] Frames =
    [
        .. WireFiles.Vectors("frames").Values
            .Where(vector => vector.GetProperty("from").GetString() == "listener").Select(WireFiles.Bytes),
    ];

    [Fact]
    public void Frames_come_out_as_they_went_in_however_the_bytes_are_cut() =>
        Gen.Int[0, Frames.Length - 1].Array[1, 12].Select(Gen.Int[1, 80].Array[1, 40]).Sample((order, cuts) =>
        {
            byte[][] sent = [.. order.Select(i => Frames[i])];
            var received = new List<byte[]>();
            using var reader = new FrameReader(PeerRole.Listener, WireLimits.MaxFrameBytes);
            var pending = new Segments();
            byte[] all = [.. sent.SelectMany(frame => frame)];
            for (int at = 0, cut = 0; at < all.Length; cut++)
            {
                int size = Math.Min(cuts[cut % cuts.Length], all.Length - at);
                ReadOnlySequence<byte> bytes = pending.Append(all.AsMemory(at, size));
                at += size;
                while (true)
                {
                    Assert.Null(reader.TryRead(ref bytes, out FrameHeader header, out ReadOnlySpan<byte> frame));
                    if (frame.IsEmpty)
                    {
                        Assert.True(reader.NeededBytes > bytes.Length);
                        break;
                    }

                    Assert.Equal(header.Length, frame.Length);
                    received.Add(frame.ToArray());
                }

                pending.Keep(bytes);
            }

            Assert.Equal(sent, received);
        }, iter: 2000);

    [Fact]
    public void Length_is_refused_before_the_frame_is_there()
    {
        using var reader = new FrameReader(PeerRole.Client, WireLimits.MinFrameLimit);
        var bytes = new ReadOnlySequence<byte>([0x08, 0, 1, 0, 11, 0, 0, 0]);
        Assert.NotNull(reader.TryRead(ref bytes, out _, out _));
    }

    [Fact]
    public void Needed_bytes_are_the_header_and_then_the_frame()
    {
        using var reader = new FrameReader(PeerRole.Client, WireLimits.MaxFrameBytes);
        var nothing = ReadOnlySequence<byte>.Empty;
        Assert.Null(reader.TryRead(ref nothing, out _, out ReadOnlySpan<byte> frame));
        Assert.True(frame.IsEmpty);
        Assert.Equal(FrameHeader.Size, reader.NeededBytes);
        var header = new ReadOnlySequence<byte>([16, 0, 0, 0, 11, 0, 0, 0]);
        Assert.Null(reader.TryRead(ref header, out _, out frame));
        Assert.True(frame.IsEmpty);
        Assert.Equal(16, reader.NeededBytes);
    }

    /// <summary>Bytes that came in pieces.</summary>
    private sealed class Segments
    {
        private readonly List<ReadOnlyMemory<byte>> _pieces = [];

        public ReadOnlySequence<byte> Append(ReadOnlyMemory<byte> piece)
        {
            _pieces.Add(piece);
            var first = new Segment(_pieces[0], null);
            Segment last = first;
            foreach (ReadOnlyMemory<byte> next in _pieces.Skip(1))
            {
                last = new Segment(next, last);
            }

            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }

        public void Keep(ReadOnlySequence<byte> rest)
        {
            _pieces.Clear();
            foreach (ReadOnlyMemory<byte> piece in rest)
            {
                _pieces.Add(piece);
            }
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            RunningIndex = before is null ? 0 : before.RunningIndex + before.Memory.Length;
            before?.Next = this;
        }
    }
}
