using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Contracts;
using ThemisBridge.EndToEnd.Tests.Doubles;

namespace ThemisBridge.EndToEnd.Tests;

/// <summary>All questions through the library's faces.</summary>
public sealed class LibraryTests(TinyBridge tiny) : IClassFixture<TinyBridge>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bridge_answers_every_question_with_exact_text_and_ids(bool german)
    {
        foreach (Expected expected in TinyModel.Questions)
        {
            InferenceResult result = await tiny.Bridge.CompleteAsync(Request(expected, german), Token);

            Assert.Equal(expected.Answer(german), result.Text);
            Assert.Equal(expected.PromptTokenIds, result.Start.PromptTokenIds.ToArray());
            Assert.Equal(expected.Ids(german), result.TokenIds);
            Assert.Equal((FinishReason.Stop, expected.PromptTokenIds.Length, expected.Ids(german).Length),
                (result.End.Reason, result.End.Usage.PromptTokens, result.End.Usage.CompletionTokens));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chat_client_answers_every_question_streamed_and_whole(bool german)
    {
        IChatClient client = tiny.Services.GetRequiredService<IChatClient>();
        ChatOptions options =
            new() { Temperature = 0, AdditionalProperties = german ? new() { ["adapter"] = TinyModel.Adapter } : null };
        foreach (Expected expected in TinyModel.Questions)
        {
            ChatResponse whole = await client.GetResponseAsync(expected.Question, options, Token);
            ChatResponse streamed =
                await client.GetStreamingResponseAsync(expected.Question, options, Token).ToChatResponseAsync(Token);

            Assert.Equal((expected.Answer(german), expected.Answer(german)), (whole.Text, streamed.Text));
            Assert.Equal((expected.Ids(german).Length, expected.Ids(german).Length),
                ((int)whole.Usage!.OutputTokenCount!, (int)streamed.Usage!.OutputTokenCount!));
        }
    }

    [Fact]
    public async Task Embedding_generator_gives_vectors_of_length_one_that_differ_by_text()
    {
        IEmbeddingGenerator<string, Embedding<float>> generator =
            tiny.Services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();

        GeneratedEmbeddings<Embedding<float>> result =
            await generator.GenerateAsync(["graph", "graph", "vector"], cancellationToken: Token);

        Assert.Equal(256, result[0].Vector.Length);
        Assert.Equal(1, result[0].Vector.ToArray().Sum(x => x * x), 0.001);
        Assert.Equal(result[0].Vector.ToArray(), result[1].Vector.ToArray());
        Assert.NotEqual(result[0].Vector.ToArray(), result[2].Vector.ToArray());
    }

    [Fact]
    public async Task Model_loader_loads_lists_and_unloads()
    {
        IModelLoader loader = tiny.Services.GetRequiredService<IModelLoader>();

        await loader.LoadModelAsync(
            new ModelSource { Name = "second", Path = TinyModel.File("themis-tiny-f16.gguf"), Threads = 1 }, Token);

        Assert.True(loader.IsModelLoaded("second"));
        Assert.Contains(loader.ListModels(), model => model is { Name: "second", MaxContextTokens: 2048 });
        Assert.True(await loader.UnloadModelAsync("second", Token));
        Assert.False(loader.IsModelLoaded("second"));
    }

    internal static InferenceRequest Request(Expected expected, bool german) => new()
    {
        Model = TinyModel.Name,
        Prompt = new ChatPrompt([new PromptMessage("user", expected.Question)]),
        Sampling = new SamplingOptions { Temperature = 0 },
        Adapter = german ? TinyModel.Adapter : null,
        Output = OutputParts.Text | OutputParts.TokenIds | OutputParts.PromptTokenIds,
    };
}
