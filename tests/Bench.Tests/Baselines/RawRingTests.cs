using ThemisBridge.Bench.Baselines;

namespace ThemisBridge.Bench.Tests.Baselines;

public sealed class RawRingTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Records_of_all_lengths_come_out_whole_and_in_order_also_around_the_end()
    {
        using var region = MappedRegion.Create(_directory.File("ring"), RawRing.Bytes);
        var ring = new RawRing(region, 0);
        var random = new Random(5);
        var written = new Queue<byte[]>();
        var buffer = new byte[8192];
        for (var i = 0; i < 5_000; i++)
        {
            var record = new byte[random.Next(8193)];
            random.NextBytes(record);
            while (!ring.TryWrite(record))
                AssertNext(ring, written, buffer);
            written.Enqueue(record);
        }
        while (written.Count > 0)
            AssertNext(ring, written, buffer);

        Assert.False(ring.TryRead(buffer, out _));
    }

    private static void AssertNext(RawRing ring, Queue<byte[]> written, byte[] buffer)
    {
        Assert.True(ring.TryRead(buffer, out var length));
        Assert.Equal(written.Dequeue(), buffer[..length]);
    }
}
