using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Uds.Tests;

/// <summary>What a warm stream costs in managed memory, both sides in this process.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int Tokens = 50_000;

    [Fact]
    public async Task Token_of_a_warm_stream_allocates_nothing()
    {
        await using var fixture = new ListenerFixture();
        int[] id = [7];
        fixture.Engine.Answer = (_, _) => Repeat(new InferenceChunk { TokenIds = id, Start = Chunks.Start }, Tokens);
        await using UdsBackend backend = Backends.To(fixture.Path);
        long bytes = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            int seen = 0;
            await foreach (InferenceChunk chunk in backend.GenerateAsync(
                ListenerFixture.Request() with
                    { Output = OutputParts.TokenIds }, TestContext.Current.CancellationToken))
            {
                seen += chunk.TokenIds.Length;
            }

            Assert.Equal(Tokens, seen);
            bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
        }

        // The scripted engine copies each chunk's ids on purpose: 32 bytes a token are its own. Waiting for credit
        // costs something per window; the smallest object per token would be 24 bytes more.
        Assert.InRange((double)bytes / Tokens, 32, 34);
    }

    private static async IAsyncEnumerable<InferenceChunk> Repeat(InferenceChunk chunk, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i % 16 == 0)
            {
                await Task.Yield();
            }

            yield return i == 0 ? chunk : chunk with
            {
                Start = null,
                End = i == count - 1 ? Chunks.End(count) : null,
            };
        }
    }
}
