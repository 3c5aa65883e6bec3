using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>Output arrives while it is made, with everything that a chunk can carry.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class StreamingConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    [Fact]
    public async Task Token_arrives_before_the_next_one_is_made()
    {
        using var signal = new SemaphoreSlim(0);
        Engine.Answer = (_, token) => Chunks.OnSignal(signal, 5, token);
        IAsyncEnumerator<InferenceChunk> chunks = Backend.GenerateAsync(Request(), Ending).GetAsyncEnumerator(Ending);
        await using IAsyncDisposable owned = chunks;
        for (int i = 0; i < 5; i++)
        {
            signal.Release();
            Assert.True(await chunks.MoveNextAsync().AsTask().WaitAsync(Patience, Ending));
            Assert.Equal([i], chunks.Current.TokenIds.ToArray());
            Assert.Equal(i == 0, chunks.Current.Start is not null);
        }

        while (chunks.Current.End is null)
        {
            Assert.True(await chunks.MoveNextAsync().AsTask().WaitAsync(Patience, Ending));
        }

        Assert.False(await chunks.MoveNextAsync().AsTask().WaitAsync(Patience, Ending));
    }

    [Fact]
    public async Task Text_never_splits_a_character()
    {
        string[] pieces = ["K", "ö", "", "🙂", "ln", "\n", "日本"];
        Engine.Answer = (_, _) => Chunks.Of(pieces.Select((piece, i) => new InferenceChunk
        {
            Start = i == 0 ? Chunks.Start : null,
            Text = piece,
            TokenIds = new[] { i },
            End = i == pieces.Length - 1 ? Chunks.End(pieces.Length) : null,
        }));
        string text = "";
        await foreach (InferenceChunk chunk in Backend.GenerateAsync(Request(), Ending))
        {
            Assert.False(
                chunk.Text is { Length: > 0 } piece
                && (char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1])));
            text += chunk.Text;
        }

        Assert.Equal(string.Concat(pieces), text);
    }

    [Fact]
    public async Task Long_text_of_one_chunk_arrives_whole()
    {
        string text = string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{i}🙂"));
        Engine.Answer = (_, _) =>
            Chunks.Of([new InferenceChunk { Start = Chunks.Start, Text = text, End = Chunks.End(0) }]);
        InferenceRequest asked = Request() with { Output = OutputParts.Text };
        Assert.Equal(text, (await CompleteAsync(Backend, asked)).Text);
    }

    [Fact]
    public async Task Many_ids_of_one_chunk_arrive_whole()
    {
        int[] ids = [.. Enumerable.Range(0, 20_000)];
        Engine.Answer = (_, _) =>
            Chunks.Of([new InferenceChunk { Start = Chunks.Start, TokenIds = ids, End = Chunks.End(ids.Length) }]);
        Assert.Equal(ids, (await CompleteAsync(Backend, Request())).TokenIds);
    }

    [Fact]
    public async Task Probabilities_arrive_with_their_alternatives()
    {
        Assert.SkipWhen(Harness.CannotTellAlternativesById is not null, Harness.CannotTellAlternativesById ?? "");
        TokenLogprob[] logprobs =
        [
            new(4, null, -0.5f) { Top = [new(4, null, -0.5f), new(9, null, -2.5f)] },
            new(6, null, -1f),
        ];
        Engine.Answer = (_, _) => Chunks.Of([
            new InferenceChunk { Start = Chunks.Start, TokenIds = new[] { 4, 6 }, Logprobs = logprobs },
            new InferenceChunk { TokenIds = new[] { 8 }, Logprobs = [new(8, null, -3f)], End = Chunks.End(3) }]);
        InferenceResult result = await CompleteAsync(Backend, Request() with { Sampling = new() { Logprobs = 2 } });
        Assert.Equivalent(
            logprobs.Append(new TokenLogprob(8, null, -3f)).Select(Harness.AsTold), result.Logprobs, strict: true);
        Assert.Equal([4, 6, 8], result.TokenIds);
    }

    [Fact]
    public async Task Probabilities_of_tokens_known_by_text_arrive()
    {
        Assert.SkipWhen(Harness.CannotGiveTextLogprobs is not null, Harness.CannotGiveTextLogprobs ?? "");
        TokenLogprob[] logprobs =
            [new(null, "a", -0.5f) { Top = [new(null, "a", -0.5f), new(null, "b", -2.5f)] }];
        Engine.Answer = (_, _) => Chunks.Of([
            new InferenceChunk { Start = Chunks.Start, Text = "a", Logprobs = logprobs, End = Chunks.End(1) }]);
        InferenceResult result = await CompleteAsync(
            Backend, Request() with { Sampling = new() { Logprobs = 2 }, Output = OutputParts.Text });
        Assert.Equivalent(logprobs, result.Logprobs, strict: true);
    }

    [Fact]
    public async Task Reasoning_and_tool_calls_arrive_in_pieces()
    {
        Assert.SkipWhen(Harness.CannotGiveDetails is not null, Harness.CannotGiveDetails ?? "");
        Engine.Answer = (_, _) => Chunks.Of([
            new InferenceChunk { Start = Chunks.Start, Reasoning = "let me " },
            new InferenceChunk { Reasoning = "look" },
            new InferenceChunk { ToolCalls = [new ToolCallDelta(0, "c1", "weather", "{\"ci")] },
            new InferenceChunk
            {
                ToolCalls = [new ToolCallDelta(0, null, null, "ty\":1}"), new ToolCallDelta(1, "c2", "time", "{}")],
                End = new GenerationEnd(FinishReason.ToolCalls, default),
            }]);
        InferenceResult result = await CompleteAsync(Backend, Request() with
        {
            Prompt = new ChatPrompt([new PromptMessage("user", "Köln?")])
                { Tools = [new ToolDefinition("weather", null, null), new ToolDefinition("time", null, null)] },
            Output = OutputParts.Text,
        });
        Assert.Equal("let me look", result.Reasoning);
        Assert.Equal([new ToolCall("c1", "weather", "{\"city\":1}"), new ToolCall("c2", "time", "{}")], result.ToolCalls);
        Assert.Equal(FinishReason.ToolCalls, result.End.Reason);
    }

    [Fact]
    public async Task Answer_of_nothing_but_an_end_arrives()
    {
        Engine.Answer = (_, _) => Chunks.Of([new InferenceChunk { Start = Chunks.Start, End = Chunks.End(0) }]);
        InferenceResult result = await CompleteAsync(Backend, Request());
        Assert.Equal(("", 0), (result.Text, result.End.Usage.CompletionTokens));
    }
}
