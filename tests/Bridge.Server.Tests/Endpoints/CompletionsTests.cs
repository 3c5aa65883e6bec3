using System.Net;
using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Server.Tests.Doubles;
using ThemisBridge.Testing.Faults;

namespace ThemisBridge.Server.Tests.Endpoints;

public sealed class CompletionsTests
{
    private const string Path = "/v1/completions";

    [Theory]
    [InlineData("\"text\"", "text")]
    [InlineData("[\"text\"]", "text")]
    [InlineData("[1,2]", null)]
    [InlineData("[[1,2]]", null)]
    public async Task Prompt_may_be_text_or_ids_alone_or_in_a_list(string prompt, string? text)
    {
        ScriptedBackend backend = ServerFixture.Saying("yes");
        await using ServerFixture server = await ServerFixture.StartAsync(backend);

        (HttpStatusCode status, JsonElement body) = await server.PostJsonAsync(Path, $$"""{"model":"m","prompt":{{prompt}}}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(("text_completion", "yes"),
            (body.GetProperty("object").GetString(), body.GetProperty("choices")[0].GetProperty("text").GetString()));
        InferenceRequest seen = Assert.Single(backend.Requests);
        Assert.Equal(16, seen.Sampling.MaxTokens);
        if (text is null)
        {
            Assert.Equal([1, 2], Assert.IsType<TokenPrompt>(seen.Prompt).TokenIds.ToArray());
        }
        else
        {
            Assert.Equal(text, Assert.IsType<TextPrompt>(seen.Prompt).Text);
        }
    }

    [Fact]
    public async Task Stream_carries_text_and_finish_and_done()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(ServerFixture.Saying("yes"));

        IReadOnlyList<string> events = await server.PostStreamAsync(Path, """{"model":"m","prompt":"x","stream":true}""");

        Assert.Equal("yes", string.Concat(events.SkipLast(1).Select(one =>
            JsonDocument.Parse(one).RootElement.GetProperty("choices")[0].GetProperty("text").GetString())));
        Assert.Contains("\"finish_reason\":\"stop\"", events[^2], StringComparison.Ordinal);
        Assert.Equal("[DONE]", events[^1]);
    }

    [Fact]
    public async Task Probabilities_have_offsets_into_the_text()
    {
        InferenceChunk[] answer =
        [
            new() { Start = new GenerationStart { Model = "m" }, Text = "ab",
                Logprobs = [new TokenLogprob(2, "ab", -0.5f)] },
            new() { Text = "c", Logprobs = [new TokenLogprob(3, "c", float.NegativeInfinity)],
                End = new GenerationEnd(FinishReason.Length, default) },
        ];
        await using ServerFixture server = await ServerFixture.StartAsync(
            new ScriptedBackend(ServerFixture.Saying("x").Descriptor, _ => answer));

        (_, JsonElement body) = await server.PostJsonAsync(Path, """{"model":"m","prompt":"x","logprobs":0}""");

        JsonElement logprobs = body.GetProperty("choices")[0].GetProperty("logprobs");
        Assert.Equal("[0,2]", logprobs.GetProperty("text_offset").GetRawText());
        Assert.Equal("[-0.5,-9999]", logprobs.GetProperty("token_logprobs").GetRawText());
    }
}
