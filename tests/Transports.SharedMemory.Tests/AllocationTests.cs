using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Transports.SharedMemory.Tests.Faults;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Transports.SharedMemory.Tests;

/// <summary>What a warm stream costs in managed memory, both sides in this process.</summary>
[Collection(nameof(Mappings))]
public sealed class AllocationTests
{
    private const int Tokens = 50_000;

    [Fact]
    public async Task Token_of_a_warm_stream_allocates_nothing()
    {
        await using var fixture = new ListenerFixture(null, null, Upgrades.Make());
        int[] id = [7];
        fixture.Engine.Answer = (_, _) => Repeat(new InferenceChunk { TokenIds = id, Start = Chunks.Start }, Tokens);
        await using UdsBackend backend = Backends.To(fixture.Path, upgrades: Upgrades.Make());
        long least = long.MaxValue;
        for (int round = 0; round < 4; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            int seen = 0;
            await foreach (InferenceChunk chunk in backend.GenerateAsync(
                ListenerFixture.Request(), TestContext.Current.CancellationToken))
            {
                seen += chunk.TokenIds.Length;
            }

            Assert.Equal(Tokens, seen);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.Equal("shm", backend.Descriptor.Kind);
        // The scripted engine copies each chunk's ids on purpose: 32 bytes a token are its own.
        Assert.InRange((double)least / Tokens, 0, 34);
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
