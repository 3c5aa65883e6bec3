using Microsoft.Extensions.AI;
using ThemisBridge.Core.Chat;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Tests.Doubles;

namespace ThemisBridge.Core.Tests.Chat;

public sealed class BridgeEmbeddingGeneratorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generate_gives_one_vector_per_value_with_usage()
    {
        EmbeddingRequest? seen = null;
        var generator = new BridgeEmbeddingGenerator(new FakeBackend
        {
            Embed = request =>
            {
                seen = request;
                return new EmbeddingResult("served", [new float[] { 1 }, new float[] { 2 }],
                    new TokenUsage(4, null, null));
            },
        }, "m");

        GeneratedEmbeddings<Embedding<float>> result = await generator.GenerateAsync(
            ["a", "b"], new EmbeddingGenerationOptions { Dimensions = 1 }, Token);

        Assert.Equal([1f, 2f], result.Select(one => one.Vector.Span[0]));
        Assert.Equal((4, "served"), (result.Usage!.InputTokenCount, result[0].ModelId));
        Assert.Equal(("m", 1), (seen!.Model, seen.Dimensions));
    }

    [Fact]
    public async Task Generate_of_nothing_asks_nobody() =>
        Assert.Empty(
            await new BridgeEmbeddingGenerator(new FakeBackend(), "m").GenerateAsync([], cancellationToken: Token));

    [Fact]
    public async Task Generate_without_any_model_is_refused()
    {
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() =>
            new BridgeEmbeddingGenerator(new FakeBackend(), null).GenerateAsync(["a"], cancellationToken: Token));

        Assert.Equal("model", failure.Parameter);
    }
}
