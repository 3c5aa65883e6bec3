using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Contracts;
using ThemisBridge.EndToEnd.Tests.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.EndToEnd.Tests;

/// <summary>The same tokens on every path: whoever answers a question, and over whatever, the ids are the
/// same.</summary>
public sealed class SamePathTests(TinySocket socket, TinyDouble tiny, TinySidecar sidecar)
    : IClassFixture<TinySocket>, IClassFixture<TinyDouble>, IClassFixture<TinySidecar>
{
    private const int Questions = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_path_gives_the_same_ids_text_and_end(bool german)
    {
        await using VllmDouble server = tiny.Start();
        await using ServiceProvider http = tiny.Bridge(server.Address);
        (string Kind, IThemisBridge Bridge)[] paths =
        [
            ("native", socket.Native), ("http", http.GetRequiredService<IThemisBridge>()), ("uds", socket.Remote),
            ("uds", sidecar.Bridge),
        ];
        foreach (Expected expected in TinyModel.Questions.Take(Questions))
        {
            foreach ((string kind, IThemisBridge bridge) in paths)
            {
                InferenceResult answer = await ReadAsync(bridge, LibraryTests.Request(expected, german));

                Assert.Equal(kind, answer.Start.Transport);
                Assert.Equal(expected.Ids(german), answer.TokenIds);
                Assert.Equal(expected.Answer(german), answer.Text);
                Assert.Equal(expected.PromptTokenIds, answer.Start.PromptTokenIds.ToArray());
                Assert.Equal((FinishReason.Stop, expected.PromptTokenIds.Length, expected.Ids(german).Length),
                    (answer.End.Reason, answer.End.Usage.PromptTokens, answer.End.Usage.CompletionTokens));
            }
        }
    }

    private static async Task<InferenceResult> ReadAsync(IThemisBridge bridge, InferenceRequest request)
    {
        var answer = new AnswerBuilder();
        await foreach (InferenceChunk chunk in bridge.GenerateAsync(request, Token))
        {
            answer.Add(chunk);
        }

        return answer.Build("test");
    }
}
