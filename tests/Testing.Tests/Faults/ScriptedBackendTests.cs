using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Faults;

namespace ThemisBridge.Testing.Tests.Faults;

public class ScriptedBackendTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ids_of_a_chunk_are_overwritten_at_the_next_step()
    {
        ScriptedBackend backend = Create(
            new InferenceChunk { TokenIds = new[] { 1, 2 }, Start = new GenerationStart { Model = "m" } },
            new InferenceChunk { TokenIds = new[] { 3 } });
        List<ReadOnlyMemory<int>> kept = [];
        List<int[]> copied = [];
        await foreach (InferenceChunk chunk in backend.GenerateAsync(Request("a"), Token))
        {
            kept.Add(chunk.TokenIds);
            copied.Add(chunk.TokenIds.ToArray());
        }

        Assert.Equal([[1, 2], [3]], copied);
        Assert.All(kept, memory => Assert.DoesNotContain(memory.ToArray(), id => id > 0));
    }

    [Fact]
    public async Task Requests_are_kept_in_order()
    {
        ScriptedBackend backend = Create();
        foreach (string prompt in new[] { "a", "b" })
        {
            await foreach (InferenceChunk _ in backend.GenerateAsync(Request(prompt), Token))
            {
            }
        }

        Assert.Equal([new TextPrompt("a"), new TextPrompt("b")], backend.Requests.Select(request => request.Prompt));
    }

    [Fact]
    public async Task Calls_without_a_function_are_refused_by_name()
    {
        ScriptedBackend backend = Create();
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(() => backend.TokenizeAsync(
            new TokenizeRequest { Model = "m", Prompt = new TextPrompt("a") }, Token));
        backend.Tokenize = _ => new TokenizeResult(new[] { 7 }, 5);

        Assert.Equal((BridgeFailure.UnsupportedOption, "tokenize"), (e.Failure, e.Parameter));
        Assert.Equal(5, (await backend.TokenizeAsync(
            new TokenizeRequest { Model = "m", Prompt = new TextPrompt("a") }, Token)).MaxModelLength);
    }

    [Fact]
    public async Task Text_is_cut_between_characters_and_never_inside_one()
    {
        ScriptedBackend backend = ScriptedBackend.Saying("s", "m", "a\U0001F642b");
        List<InferenceChunk> chunks = [];
        await foreach (InferenceChunk chunk in backend.GenerateAsync(Request("a"), Token))
        {
            chunks.Add(chunk);
        }

        Assert.Equal(["a", "\U0001F642", "b", null], chunks.Select(chunk => chunk.Text));
        Assert.Equal(3, chunks[^1].End!.Usage.CompletionTokens);
    }

    private static InferenceRequest Request(string prompt) => new() { Model = "m", Prompt = new TextPrompt(prompt) };

    private static ScriptedBackend Create(params InferenceChunk[] chunks) => new(
        new BackendDescriptor
        {
            Id = "s",
            Kind = "scripted",
            Address = "scripted:s",
            Capabilities = new BackendCapabilities { Features = BackendFeatures.Generate },
        },
        _ => chunks);
}
