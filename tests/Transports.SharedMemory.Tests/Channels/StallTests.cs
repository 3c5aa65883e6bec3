using System.Diagnostics;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>
/// The product's own channels under many writers, full rings and slow readers. A lost wake mends itself after park_ms,
/// so that nobody hangs: what is looked for is a sleeper that has something to do.
/// </summary>
public sealed class StallTests
{
    private const int Writers = 8;

    // Far longer than a thread waits for its core between publishing and waking, and shorter than park_ms.
    private static readonly TimeSpan Suspicious = TimeSpan.FromMilliseconds(SegmentLayout.ParkMilliseconds * 0.6);

    private static readonly int Frames =
        Environment.GetEnvironmentVariable("THEMIS_TEST_LONG") == "1" ? 1_000_000 : 30_000;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, Writers)]
    [InlineData(50, Writers)]
    [InlineData(0, 0)]
    [InlineData(50, 0)]
    public async Task Nobody_sleeps_while_there_is_something_to_do(int spinMicroseconds, int writersBack)
    {
        await using ChannelPair pair = await ChannelPair.MakeAsync(TimeSpan.FromMicroseconds(spinMicroseconds));
        ChannelEnd[] ends = [new(pair.Listener, writersBack, Frames), new(pair.Client, Writers, Frames)];
        Task received = Task.WhenAll(ends.Select(end => end.Received));
        Task[] writing =
        [
            .. Enumerable.Range(0, Writers).Select(writer => ends[0].WriteAsync(writer, Frames, Ending)),
            .. Enumerable.Range(0, writersBack).Select(writer => ends[1].WriteAsync(writer, Frames, Ending)),
        ];

        await WatchAsync(pair.Memory, ends, received).WaitAsync(10 * Kills.Patience, Ending);
        await Task.WhenAll(writing);
        await received;
    }

    private static async Task WatchAsync(Segment segment, ChannelEnd[] ends, Task until)
    {
        string last = "";
        long since = 0;
        while (!until.IsCompleted)
        {
            string? now = Sleeper(segment, PeerRole.Listener, ends[0]) ?? Sleeper(segment, PeerRole.Client, ends[1]);
            if (now is null || now != last)
            {
                (last, since) = (now ?? "", Stopwatch.GetTimestamp());
            }

            Assert.True(now is null || Stopwatch.GetElapsedTime(since) < Suspicious,
                $"{now}; taken {ends[0].Taken} and {ends[1].Taken} frames");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Ending);
        }
    }

    // Both rings, when this side sleeps though it has something to read, or room for what it could not write.
    private static unsafe string? Sleeper(Segment segment, PeerRole side, ChannelEnd end)
    {
        byte* own = segment.Control(side);
        byte* other = segment.Control(Segment.Other(side));
        (ulong head, ulong tail) = (At(own, SegmentLayout.HeadAt), At(own, SegmentLayout.TailAt));
        (ulong outHead, ulong outTail) = (At(other, SegmentLayout.HeadAt), At(other, SegmentLayout.TailAt));
        bool sleeps = Volatile.Read(ref *(uint*)(own + SegmentLayout.BellAt)) == 1;
        bool hasRoom = end.UnsentBytes > 0 && outTail - outHead < (ulong)segment.RingBytes;
        return sleeps && (tail != head || hasRoom)
            ? $"{side} sleeps; it reads at {head} of {tail}, is read at {outHead} of {outTail}, has {end.UnsentBytes} "
                + $"bytes unsent; space wanted: {Volatile.Read(ref *(uint*)(other + SegmentLayout.SpaceWantedAt))}"
            : null;
    }

    private static unsafe ulong At(byte* control, int offset) => Volatile.Read(ref *(ulong*)(control + offset));
}
