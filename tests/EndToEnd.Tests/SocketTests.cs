using ThemisBridge.Core.Contracts;
using ThemisBridge.EndToEnd.Tests.Doubles;

namespace ThemisBridge.EndToEnd.Tests;

/// <summary>All questions over a Unix socket: what <c>serve --uds</c> answers is what the native engine says.</summary>
public sealed class SocketTests(TinySocket socket) : IClassFixture<TinySocket>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task Every_question_is_answered_with_the_ids_of_the_native_engine(bool german, bool stream)
    {
        foreach (Expected expected in TinyModel.Questions)
        {
            InferenceRequest request = LibraryTests.Request(expected, german) with { Stream = stream };
            InferenceResult native = await ReadAsync(socket.Native, request);
            InferenceResult remote = await ReadAsync(socket.Remote, request);

            Assert.Equal((expected.Answer(german), "remote", "uds"),
                (remote.Text, remote.Start.Engine, remote.Start.Transport));
            Assert.Equal(expected.Ids(german), remote.TokenIds);
            Assert.Equal(native.TokenIds, remote.TokenIds);
            Assert.Equal(expected.PromptTokenIds, remote.Start.PromptTokenIds.ToArray());
            Assert.Equal((native.End.Reason, native.End.Usage, native.Start.Seed),
                (remote.End.Reason, remote.End.Usage, remote.Start.Seed));
        }
    }

    [Fact]
    public async Task Sixteen_at_once_get_their_own_answers()
    {
        Expected[] questions = [.. TinyModel.Questions.Take(16)];

        InferenceResult[] answers = await Task.WhenAll(questions.Select(
            expected => ReadAsync(socket.Remote, LibraryTests.Request(expected, german: false))));

        Assert.Equal(questions.Select(expected => expected.English), answers.Select(answer => answer.Text));
    }

    [Fact]
    public async Task Vectors_and_token_ids_are_the_native_engines()
    {
        var embed = new EmbeddingRequest { Model = TinyModel.Name, Inputs = [new TextPrompt("graph"), new TextPrompt("ö")] };
        EmbeddingResult native = await socket.Native.EmbedAsync(embed, Token);
        EmbeddingResult remote = await socket.Remote.EmbedAsync(embed, Token);
        Assert.Equal(
            native.Vectors.Select(vector => vector.ToArray()), remote.Vectors.Select(vector => vector.ToArray()));

        var tokenize = new TokenizeRequest { Model = TinyModel.Name, Prompt = new TextPrompt("What is ThemisDB?") };
        TokenizeResult ids = await socket.Remote.TokenizeAsync(tokenize, Token);
        Assert.Equal((await socket.Native.TokenizeAsync(tokenize, Token)).TokenIds.ToArray(), ids.TokenIds.ToArray());
        Assert.Equal("What is ThemisDB?", await socket.Remote.DetokenizeAsync(
            new DetokenizeRequest { Model = TinyModel.Name, TokenIds = ids.TokenIds }, Token));
    }

    private static async Task<InferenceResult> ReadAsync(IThemisBridge bridge, InferenceRequest request)
    {
        var answer = new AnswerBuilder();
        await foreach (InferenceChunk chunk in bridge.GenerateAsync(request, Token))
        {
            answer.Add(chunk);
        }

        return answer.Build("remote");
    }
}
