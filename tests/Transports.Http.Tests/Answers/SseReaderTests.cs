using System.Net.ServerSentEvents;
using System.Text;
using CsCheck;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Answers;

namespace ThemisBridge.Transports.Http.Tests.Answers;

public class SseReaderTests
{
    private const int Limit = 1 << 20;

    [Theory]
    [InlineData("data: a\n\n", "a")]
    [InlineData("data: a\r\n\r\n", "a")]
    [InlineData("data: a\r\r", "a")]
    [InlineData("data:a\n\n", "a")]
    [InlineData("data:  a\n\n", " a")]
    [InlineData("\uFEFFdata: a\n\n", "a")]
    [InlineData("data: a\ndata: b\n\n", "a\nb")]
    [InlineData("data: a\n: a comment\ndata: b\r\ndata:c\n\n", "a\nb\nc")]
    [InlineData("data\n\n", "")]
    [InlineData("data: \n\n", "")]
    [InlineData("event: x\nid: 1\nretry: 5\ndata: a\n\n", "a")]
    [InlineData(": keep-alive\n\n: keep-alive\n\ndata: a\n\n", "a")]
    [InlineData("\n\n\ndata: a\n\n\n\n", "a")]
    [InlineData("data: ä€😀\n\ndata: [DONE]\n\n", "ä€😀|[DONE]")]
    [InlineData("dataset: x\n\ndata: a\n\n", "a")]
    [InlineData("data: a\n\ndata: never finished", "a")]
    [InlineData("data: a\n\ndata: never finished\n", "a")]
    [InlineData("", "")]
    public async Task ReadAsync_gives_the_data_however_the_bytes_are_cut(string text, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        string[] events = expected.Split('|');
        if (text.Length == 0)
        {
            events = [];
        }

        for (int first = 0; first <= bytes.Length; first++)
        {
            for (int second = first; second <= bytes.Length; second++)
            {
                Assert.Equal(events, await ReadAllAsync(bytes, [first, second]));
            }
        }

        Assert.Equal(events, await ReadAllAsync(bytes, [.. Enumerable.Range(0, bytes.Length)]));
    }

    [Fact]
    public void ReadAsync_agrees_with_the_frameworks_parser()
    {
        Gen<string> piece = Gen.OneOf(
            "data: ", "data:", "data", ":", "event: x", "\n", "\r\n", "\r", "\n\n", "a", "ä", "😀", "{\"a\":1}", " ",
            "id: 7");
        Gen.Select(piece.List[0, 40].Select(string.Concat), Gen.Int[0, 200].List[0, 8]).Sample(
            (text, cuts) =>
            {
                byte[] bytes = Encoding.UTF8.GetBytes(text);
                using var stream = new MemoryStream(bytes);
                string[] expected = [.. SseParser.Create(stream).Enumerate().Select(item => item.Data)];
                string[] actual = [.. ReadAllAsync(bytes, [.. cuts.Order()]).AsTask().GetAwaiter().GetResult()];
                Assert.Equal(expected, actual);
            },
            iter: 20_000);
    }

    [Theory]
    [InlineData("data: ")]
    [InlineData(": ")]
    [InlineData("")]
    public async Task ReadAsync_of_an_endless_line_fails_within_the_limit(string start)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(start), .. Enumerable.Repeat((byte)'x', 4 * Limit)];
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(async () => await ReadAllAsync(bytes, []));

        Assert.Equal(BridgeFailure.ProtocolViolation, e.Failure);
    }

    [Fact]
    public async Task ReadAsync_of_endless_data_lines_fails_within_the_limit()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("data: 0123456789\n", Limit / 8)));
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(async () => await ReadAllAsync(bytes, []));

        Assert.Equal(BridgeFailure.ProtocolViolation, e.Failure);
    }

    [Fact]
    public async Task ReadAsync_of_endless_comments_needs_no_more_memory()
    {
        string comments = string.Concat(Enumerable.Repeat(": keep-alive\n\n", Limit / 4));
        byte[] bytes = Encoding.UTF8.GetBytes(comments + "data: a\n\n");

        Assert.Equal(["a"], await ReadAllAsync(bytes, []));
    }

    [Fact]
    public async Task ReadAsync_of_an_event_as_long_as_the_limit_allows_succeeds()
    {
        string data = new('x', Limit / 2);
        byte[] bytes = Encoding.UTF8.GetBytes($"data: {data}\n\ndata: a\n\n");

        Assert.Equal([data, "a"], await ReadAllAsync(bytes, [100, 9000]));
    }

    [Fact]
    public async Task ReadAsync_gives_the_memory_of_a_large_event_back()
    {
        byte[] bytes = Encoding.UTF8.GetBytes($"data: {new string('x', Limit / 2)}\n\ndata: a\n\n");
        await using var stream = new RoomStream(new CuttingStream(bytes, [bytes.Length - "data: a\n\n".Length]));
        using var reader = new SseReader(stream, Limit);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        int largest = stream.LastRoom;
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));

        Assert.InRange(largest, Limit / 8, Limit);
        Assert.InRange(stream.LastRoom, 1, 16 * 1024);
    }

    [Fact]
    public async Task ReadAsync_allocates_nothing_per_event()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("data: {\"a\":[1,2,3]}\n\n", 20_000)));
        using var stream = new MemoryStream(bytes);
        using var reader = new SseReader(stream, Limit);
        for (int i = 0; i < 5_000; i++)
        {
            await reader.ReadAsync(TestContext.Current.CancellationToken);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            ValueTask<bool> read = reader.ReadAsync(CancellationToken.None);
            Assert.True(read.IsCompletedSuccessfully && await read);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // Tells how much was asked for at once.
    private sealed class RoomStream(Stream inner) : MemoryStream
    {
        public int LastRoom { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            LastRoom = buffer.Length;
            return inner.ReadAsync(buffer, cancellationToken);
        }
    }

    private static async ValueTask<List<string>> ReadAllAsync(byte[] bytes, int[] cuts)
    {
        await using var stream = new CuttingStream(bytes, cuts);
        using var reader = new SseReader(stream, Limit);
        List<string> events = [];
        while (await reader.ReadAsync(CancellationToken.None))
        {
            events.Add(Encoding.UTF8.GetString(reader.Data));
        }

        return events;
    }
}
