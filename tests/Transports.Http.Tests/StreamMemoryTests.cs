using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests;

/// <summary>What a stream that waits for its next token holds. The heap is the process's, so nothing runs beside it.
/// </summary>
[CollectionDefinition(nameof(StreamMemoryTests), DisableParallelization = true)]
[Collection(nameof(StreamMemoryTests))]
public class StreamMemoryTests
{
    private const int Streams = 256;
    private const int LimitPerStream = 64 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_stream_holds_at_most_64_KiB_with_its_server_s_half()
    {
        const string Event = "data: {\"id\":\"cmpl-1\",\"model\":\"m\",\"choices\":"
            + "[{\"index\":0,\"text\":\"a\",\"finish_reason\":null,\"token_ids\":[5]}]}\n\n";
        ReplayExchange exchange = ReplayExchange.OfEvents(Event);
        await using ReplayServer server = ReplayServer.Start().Add(
            exchange with { Response = exchange.Response[..^5], End = ReplayEnd.Hold, Times = Streams + 1 });
        using var fixture = new BackendFixture(server);
        List<IAsyncEnumerator<InferenceChunk>> open = [await OpenAsync(fixture)];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Streams; i++)
        {
            open.Add(await OpenAsync(fixture));
        }

        long perStream = (GC.GetTotalMemory(forceFullCollection: true) - before) / Streams;

        Assert.True(perStream <= LimitPerStream, $"{perStream} bytes per stream.");
        Assert.All(open, chunks => Assert.Equal([5], chunks.Current.TokenIds.ToArray()));
        foreach (IAsyncEnumerator<InferenceChunk> chunks in open)
        {
            await chunks.DisposeAsync();
        }
    }

    private static async Task<IAsyncEnumerator<InferenceChunk>> OpenAsync(BackendFixture fixture)
    {
        var request = new InferenceRequest
        {
            Model = "m",
            Prompt = new TokenPrompt(new[] { 1, 2, 3 }),
            Sampling = new SamplingOptions { MaxTokens = 4 },
            Output = OutputParts.Text | OutputParts.TokenIds,
            Stream = true,
        };
        IAsyncEnumerator<InferenceChunk> chunks =
            fixture.Backend.GenerateAsync(request, Token).GetAsyncEnumerator(Token);
        Assert.True(await chunks.MoveNextAsync());
        return chunks;
    }
}
