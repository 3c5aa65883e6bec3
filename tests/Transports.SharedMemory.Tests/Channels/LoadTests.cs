using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>Rings of the smallest size under more than they hold.</summary>
public sealed class LoadTests
{
    private const int Streams = 256;
    private const int Tokens = 2_000;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_slow_reader_stops_none_of_256_streams()
    {
        await using ListenerFixture fixture = new ServedMemory().Fixture;
        fixture.Engine.Answer = (request, token) => request.Priority == Streams
            ? Chunks.Endless(token) : Chunks.Of(Chunks.Tokens(Tokens, request.Priority * Tokens));
        await using UdsBackend backend = Backends.To(fixture.Path, upgrades: Upgrades.Make());
        await using IAsyncEnumerator<InferenceChunk> slow =
            backend.GenerateAsync(ListenerFixture.Request(Streams), Ending).GetAsyncEnumerator(Ending);
        Assert.True(await slow.MoveNextAsync());
        int[][] answers = await Task.WhenAll(Enumerable.Range(0, Streams).Select(
            i => ListenerFixture.ReadAsync(backend, ListenerFixture.Request(i)))).WaitAsync(Kills.Patience, Ending);
        Assert.All(answers.Index(), answer =>
            Assert.Equal(Enumerable.Range(answer.Index * Tokens, Tokens), answer.Item));
        Assert.Equal("shm", backend.Descriptor.Kind);
        Assert.True(await slow.MoveNextAsync());
    }

    [Fact]
    public async Task Prompts_many_times_longer_than_the_ring_arrive_whole()
    {
        await using ListenerFixture fixture = new ServedMemory().Fixture;
        fixture.Engine.Answer = (request, _) =>
            Chunks.Of(Chunks.Tokens(1, ((TokenPrompt)request.Prompt).TokenIds.Span.ToArray().Sum(id => id % 7)));
        await using UdsBackend backend = Backends.To(fixture.Path, upgrades: Upgrades.Make());
        int[][] prompts = [.. Enumerable.Range(1, 8).Select(i => Enumerable.Range(i, i * 100_000).ToArray())];
        int[][] answers = await Task.WhenAll(prompts.Select(prompt => ListenerFixture.ReadAsync(
            backend, ListenerFixture.Request() with { Prompt = new TokenPrompt(prompt) })))
            .WaitAsync(Kills.Patience, Ending);
        Assert.Equal(prompts.Select(prompt => prompt.Sum(id => id % 7)), answers.Select(answer => answer[0]));
    }
}
