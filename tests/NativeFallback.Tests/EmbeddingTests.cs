using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Tests;

public sealed class EmbeddingTests(TinyEngine engine)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Vectors_are_of_length_1_and_alike_for_like_texts()
    {
        EmbeddingResult result = await EmbedAsync(
            new TextPrompt("What is ThemisDB?"), new TextPrompt("What is ThemisDB"), new TextPrompt("zzzz 77 ##"),
            new TextPrompt("What is ThemisDB?"));

        Assert.Equal(4, result.Vectors.Count);
        Assert.All(result.Vectors, vector =>
        {
            Assert.Equal(256, vector.Length);
            Assert.Equal(1, Dot(vector, vector), 5);
        });
        Assert.Equal(1, Dot(result.Vectors[0], result.Vectors[3]), 5);
        Assert.True(Dot(result.Vectors[0], result.Vectors[1]) > Dot(result.Vectors[0], result.Vectors[2]));
        Assert.Equal(TinyEngine.Q8, result.Model);
        Assert.True(result.Usage.PromptTokens > 10);
        Assert.Null(result.Usage.CompletionTokens);
    }

    [Fact]
    public async Task Token_ids_are_embedded_as_their_text_is()
    {
        TokenizeResult tokens = await engine.Backend.TokenizeAsync(
            new TokenizeRequest { Model = TinyEngine.Q8, Prompt = new TextPrompt("graph database") }, Stop);

        EmbeddingResult result = await EmbedAsync(new TextPrompt("graph database"), new TokenPrompt(tokens.TokenIds));

        Assert.Equal(result.Vectors[0].ToArray(), result.Vectors[1].ToArray());
        Assert.Equal(2 * tokens.TokenIds.Length, result.Usage.PromptTokens);
    }

    [Fact]
    public async Task Whole_context_is_embedded_and_more_is_refused()
    {
        EmbeddingResult result = await EmbedAsync(Sized(2048));
        Assert.Equal(2048, result.Usage.PromptTokens);

        BridgeException error = await Assert.ThrowsAsync<BridgeException>(() => EmbedAsync(Sized(10), Sized(2049)));
        Assert.Equal((BridgeFailure.ContextLengthExceeded, "input"), (error.Failure, error.Parameter));
        Assert.Contains("2049", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inputs_that_cannot_be_embedded_are_refused()
    {
        foreach (Prompt[] inputs in (Prompt[][])
            [[], [new TextPrompt("")], [new TokenPrompt((int[])[-1])],
                [new ChatPrompt([new PromptMessage("user", "x")])]])
        {
            BridgeException error = await Assert.ThrowsAsync<BridgeException>(() => EmbedAsync(inputs));
            Assert.Equal((BridgeFailure.InvalidRequest, "native"), (error.Failure, error.Backend));
        }

        BridgeException cut = await Assert.ThrowsAsync<BridgeException>(() => engine.Backend.EmbedAsync(
            new EmbeddingRequest { Model = TinyEngine.Q8, Inputs = [new TextPrompt("x")], Dimensions = 8 }, Stop));
        Assert.Equal((BridgeFailure.UnsupportedOption, "embedding_dimensions"), (cut.Failure, cut.Parameter));
    }

    [Fact]
    public async Task Cancelled_request_ends_in_the_engine()
    {
        await using NativeBackend backend = TinyEngine.Create();
        using CancellationTokenSource cancel = new();
        Task<EmbeddingResult> running = backend.EmbedAsync(
            new EmbeddingRequest { Model = TinyEngine.Q8, Inputs = [.. Enumerable.Repeat(Sized(2000), 500)] },
                cancel.Token);
        while (backend.ThreadOf(TinyEngine.Q8) is not { Steps: > 0 })
        {
            Stop.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        while (backend.ThreadOf(TinyEngine.Q8)!.Load.Running > 0)
        {
            await backend.ThreadOf(TinyEngine.Q8)!.InvokeAsync(_ => 0);
        }

        Assert.InRange(backend.ThreadOf(TinyEngine.Q8)!.Steps, 1, 400);
    }

    private Task<EmbeddingResult> EmbedAsync(params Prompt[] inputs) =>
        engine.Backend.EmbedAsync(new EmbeddingRequest { Model = TinyEngine.Q8, Inputs = inputs }, Stop);

    private static TokenPrompt Sized(int tokens) => new(Enumerable.Repeat(300, tokens).ToArray());

    private static double Dot(ReadOnlyMemory<float> a, ReadOnlyMemory<float> b) =>
        a.ToArray().Zip(b.ToArray(), (x, y) => (double)x * y).Sum();
}
