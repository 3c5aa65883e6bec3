using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Contracts;
using ThemisBridge.EndToEnd.Tests.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.EndToEnd.Tests.Vllm;

/// <summary>All questions in both languages through the bridge to vLLM's double, over every kind of socket and in both
/// dialects.</summary>
public sealed class QuestionTests(TinyDouble tiny) : IClassFixture<TinyDouble>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, VllmDialect, bool> Servers => new MatrixTheoryData<string, VllmDialect, bool>(
        ["tcp", "tls", "unix"], [VllmDialect.Python, VllmDialect.Rust], [false, true]);

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Every_question_is_answered_with_exact_text_and_ids(
        string socket, VllmDialect dialect, bool german)
    {
        await using VllmDouble server = tiny.Start(socket, options => options with { Dialect = dialect });
        await using ServiceProvider services = tiny.Bridge(server.Address);
        IThemisBridge bridge = services.GetRequiredService<IThemisBridge>();
        foreach (Expected expected in TinyModel.Questions)
        {
            foreach (bool stream in (bool[])[true, false])
            {
                InferenceResult result = await AskAsync(bridge, LibraryTests.Request(expected, german), stream);

                Assert.Equal(expected.Answer(german), result.Text);
                Assert.Equal(expected.Ids(german), result.TokenIds);
                Assert.Equal(expected.PromptTokenIds, result.Start.PromptTokenIds.ToArray());
                Assert.Equal((FinishReason.Stop, expected.PromptTokenIds.Length, expected.Ids(german).Length),
                    (result.End.Reason, result.End.Usage.PromptTokens, result.End.Usage.CompletionTokens));
            }
        }

        // Connections are kept, behind streams as well.
        Assert.True(server.Requests.Select(request => request.Connection).Distinct().Count() < 10);
    }

    [Theory]
    [InlineData(VllmDialect.Python)]
    [InlineData(VllmDialect.Rust)]
    public async Task Ids_in_and_ids_out_take_the_token_endpoint(VllmDialect dialect)
    {
        await using VllmDouble server =
            tiny.Start("tcp", options => options with { Dialect = dialect, EnableScaleOut = true });
        await using ServiceProvider services = tiny.Bridge(server.Address);
        IThemisBridge bridge = services.GetRequiredService<IThemisBridge>();
        await bridge.ProbeAsync(Token);
        foreach (Expected expected in TinyModel.Questions)
        {
            InferenceRequest request = LibraryTests.Request(expected, german: false) with
            {
                Prompt = new TokenPrompt(expected.PromptTokenIds),
                Output = OutputParts.TokenIds,
            };

            InferenceResult result = await AskAsync(bridge, request, stream: true);

            Assert.Equal(expected.EnglishIds, result.TokenIds);
        }

        Assert.Contains(server.Requests, request => request is { Target: "/inference/v1/generate", Body.Length: > 2 });
    }

    [Fact]
    public async Task Many_questions_at_once_keep_their_answers_apart()
    {
        await using VllmDouble server = tiny.Start("unix");
        await using ServiceProvider services = tiny.Bridge(server.Address);
        IThemisBridge bridge = services.GetRequiredService<IThemisBridge>();

        InferenceResult[] results = await Task.WhenAll(TinyModel.Questions.Select(expected =>
            AskAsync(bridge, LibraryTests.Request(expected, german: false), stream: true)));

        Assert.Equal(TinyModel.Questions.Select(expected => expected.English), results.Select(result => result.Text));
    }

    private static async Task<InferenceResult> AskAsync(IThemisBridge bridge, InferenceRequest request, bool stream)
    {
        var answer = new AnswerBuilder();
        await foreach (InferenceChunk chunk in bridge.GenerateAsync(request with { Stream = stream }, Token))
        {
            answer.Add(chunk);
        }

        return answer.Build("double");
    }
}
