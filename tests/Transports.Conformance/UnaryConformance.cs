using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>One question, one answer: what is asked arrives as it was said, and so does what is answered.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class UnaryConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    [Fact]
    public async Task Answer_arrives_whole()
    {
        InferenceResult result = await CompleteAsync(Backend, Request());
        Assert.Equal([0, 1, 2], result.TokenIds);
        Assert.Equal("0 1 2 ", result.Text);
        Assert.Equal(Harness.AsTold(new TokenUsage(3, 1, 3), 3, 3), result.End.Usage);
        Assert.Equal(FinishReason.Stop, result.End.Reason);
        GenerationStart start = Harness.AsTold(Request(), Chunks.Start);
        Assert.Equal((start.Model, start.Seed, start.EngineRequestId),
            (result.Start.Model, result.Start.Seed, result.Start.EngineRequestId));
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_given()
    {
        InferenceResult ids = await CompleteAsync(Backend, Request() with { Output = OutputParts.TokenIds });
        Assert.Equal("", ids.Text);
        Assert.Equal([0, 1, 2], ids.TokenIds);
        InferenceResult text = await CompleteAsync(Backend, Request() with { Output = OutputParts.Text });
        Assert.Equal("0 1 2 ", text.Text);
        Assert.Empty(text.TokenIds);
        InferenceResult nothing = await CompleteAsync(Backend, Request() with { Output = OutputParts.None });
        Assert.Equal(("", 3), (nothing.Text, nothing.End.Usage.CompletionTokens));
        Assert.Empty(nothing.TokenIds);
    }

    [Fact]
    public async Task Prompt_ids_arrive_when_asked_for()
    {
        GenerationStart said = Chunks.Start with { PromptTokenIds = new[] { 8, 9 } };
        Engine.Answer = (_, _) => Chunks.Of([
            new InferenceChunk { Start = said, TokenIds = new[] { 4 }, End = Chunks.End(1) }]);
        InferenceRequest asking = Request() with { Output = OutputParts.PromptTokenIds };
        InferenceResult asked = await CompleteAsync(Backend, asking);
        Assert.Equal(
            Harness.AsTold(asking, said).PromptTokenIds.ToArray(), asked.Start.PromptTokenIds.ToArray());
        InferenceResult unasked = await CompleteAsync(Backend, Request());
        Assert.Empty(unasked.Start.PromptTokenIds.ToArray());
    }

    [Fact]
    public async Task Every_option_reaches_the_engine()
    {
        InferenceRequest asked = Request() with
        {
            Prompt = new ChatPrompt([new PromptMessage("user", "Köln?") { Name = "ada" }]),
            Sampling = new SamplingOptions
            {
                MaxTokens = 9,
                MinTokens = 1,
                Temperature = 0.7,
                TopP = 0.9,
                TopK = 40,
                MinP = 0.05,
                Seed = 7,
                FrequencyPenalty = 0.5,
                PresencePenalty = -0.5,
                RepetitionPenalty = 1.1,
                LogitBias = new Dictionary<int, float> { [5] = 1.5f },
                Stop = ["END"],
                StopTokenIds = [2],
                IncludeStopInOutput = true,
                IgnoreEos = true,
                SkipSpecialTokens = false,
                Logprobs = 3,
            },
            StructuredOutput = StructuredOutput.Regex("a+"),
            Adapter = "de",
            Priority = -2,
            Tenant = "t",
            Stream = false,
        };
        await CompleteAsync(Backend, asked);
        InferenceRequest seen = Assert.Single(Engine.Requests);
        InferenceRequest expected = Harness.AsSeen(asked);
        Assert.Equivalent(expected.Sampling, seen.Sampling, strict: true);
        AssertSame(expected.Prompt, seen.Prompt);
        Assert.Equal(
            (expected.StructuredOutput!.Kind, expected.StructuredOutput.Value),
            (seen.StructuredOutput!.Kind, seen.StructuredOutput.Value));
        Assert.Equal(
            (expected.Adapter, expected.Priority, expected.Tenant, expected.Stream, expected.Output),
            (seen.Adapter, seen.Priority, seen.Tenant, seen.Stream, seen.Output));
    }

    [Fact]
    public async Task Tools_reach_the_engine()
    {
        Assert.SkipWhen(Harness.CannotTakeTools is not null, Harness.CannotTakeTools ?? "");
        var asked = new ChatPrompt([new PromptMessage("user", "Köln?")])
        {
            Tools = [new ToolDefinition("weather", "the sky", "{\"type\":\"object\"}") { Strict = true }],
            ToolChoice = ToolChoice.Required,
        };
        await CompleteAsync(Backend, Request() with { Prompt = asked });
        Assert.Equivalent(asked, Assert.Single(Engine.Requests).Prompt, strict: true);
    }

    [Fact]
    public async Task Request_that_bypasses_the_cache_shares_it_with_nobody()
    {
        await CompleteAsync(Backend, Request() with { CachePolicy = CachePolicy.Bypass });
        await CompleteAsync(Backend, Request() with { CachePolicy = CachePolicy.Bypass });
        InferenceRequest[] seen = [.. Engine.Requests];
        // Told as a policy, or as a tenant that nobody else has.
        Assert.True(Array.TrueForAll(seen, one => one.CachePolicy == CachePolicy.Bypass)
            || (seen[0].Tenant is not null && seen[1].Tenant is not null && seen[0].Tenant != seen[1].Tenant));
    }

    [Fact]
    public async Task Option_left_out_stays_out_where_the_engine_applies_defaults()
    {
        await CompleteAsync(Backend, Request());
        Assert.Equivalent(
            Harness.AsSeen(Request()).Sampling, Assert.Single(Engine.Requests).Sampling, strict: true);
    }

    [Fact]
    public async Task Text_prompt_arrives()
    {
        InferenceRequest asked = Request() with { Prompt = new TextPrompt("Köln 🙂") };
        await CompleteAsync(Backend, asked);
        AssertSame(Harness.AsSeen(asked).Prompt, Assert.Single(Engine.Requests).Prompt);
    }

    [Fact]
    public async Task Long_prompt_arrives_unchanged()
    {
        int[] ids = [.. Enumerable.Range(0, 100_000)];
        await CompleteAsync(Backend, Request(ids));
        Assert.Equal(ids, ((TokenPrompt)Assert.Single(Engine.Requests).Prompt).TokenIds.ToArray());
    }

    [Fact]
    public async Task Stop_reasons_arrive()
    {
        Engine.Answer = (request, _) => Chunks.Of([new InferenceChunk
        {
            Start = Chunks.Start,
            TokenIds = new[] { 4 },
            End = request.Sampling.Stop.Count > 0 ? new GenerationEnd(FinishReason.Stop, default) { StopString = "END" }
                : request.Sampling.StopTokenIds.Count > 0
                ? new GenerationEnd(FinishReason.Stop, new TokenUsage(null, null, 1)) { StopTokenId = 0 }
                : new GenerationEnd(FinishReason.Length, default),
        }]);
        InferenceResult text = await CompleteAsync(Backend, Request() with { Sampling = new() { Stop = ["END"] } });
        Assert.Equal((FinishReason.Stop, "END", null), (text.End.Reason, text.End.StopString, text.End.StopTokenId));
        Assert.Equal(Harness.AsTold(default(TokenUsage), 3, 1), text.End.Usage);
        InferenceResult id = await CompleteAsync(Backend, Request() with { Sampling = new() { StopTokenIds = [0] } });
        Assert.Equal((FinishReason.Stop, null, 0), (id.End.Reason, id.End.StopString, id.End.StopTokenId));
        Assert.Equal(Harness.AsTold(new TokenUsage(null, null, 1), 3, 1), id.End.Usage);
        InferenceResult full = await CompleteAsync(Backend, Request());
        Assert.Equal(
            (FinishReason.Length, null, null), (full.End.Reason, full.End.StopString, full.End.StopTokenId));
    }

    [Fact]
    public async Task Vectors_arrive_in_the_order_of_their_inputs()
    {
        EmbeddingResult result = await Backend.EmbedAsync(new EmbeddingRequest
        {
            Model = "m",
            Inputs = [new TextPrompt("a"), new TokenPrompt(new[] { 1, 2 }), new TextPrompt("b")],
        }, Ending);
        Assert.Equal([[97f, 1f], [1f, 2f], [98f, 1f]], result.Vectors.Select(vector => vector.ToArray()));
        Assert.Equal(new TokenUsage(4, null, null), result.Usage);
    }

    [Fact]
    public async Task Text_becomes_ids_and_ids_become_text()
    {
        TokenizeResult ids =
            await Backend.TokenizeAsync(new TokenizeRequest { Model = "m", Prompt = new TextPrompt("Kö") }, Ending);
        Assert.Equal([75, 246], ids.TokenIds.ToArray());
        Assert.Equal(ScriptedEngine.ContextTokens, ids.MaxModelLength);
        var back = new DetokenizeRequest { Model = "m", TokenIds = ids.TokenIds };
        Assert.Equal("Kö", await Backend.DetokenizeAsync(back, Ending));
    }

    [Fact]
    public async Task Probe_tells_what_the_engine_says()
    {
        Assert.Equivalent(Harness.AsTold(Engine.Health), await Backend.ProbeAsync(Ending), strict: true);
        Engine.Health = new BackendHealth(false, "broken");
        Assert.Equivalent(Harness.AsTold(Engine.Health), await Backend.ProbeAsync(Ending), strict: true);
    }

    [Fact]
    public async Task Value_out_of_range_is_the_requests_fault_and_names_the_field()
    {
        BridgeException failure = await FailureOf(Backend, Request() with { Sampling = new() { TopP = 7 } });
        Assert.Equal(
            (BridgeFailure.InvalidRequest, FailureStage.Admit, "top_p"),
            (failure.Failure, failure.Stage, failure.Parameter));
        Assert.Equal("0 1 2 ", (await CompleteAsync(Backend, Request())).Text);
    }

    private static void AssertSame(Prompt expected, Prompt seen)
    {
        if (expected is TokenPrompt tokens)
        {
            Assert.Equal(tokens.TokenIds.ToArray(), Assert.IsType<TokenPrompt>(seen).TokenIds.ToArray());
        }
        else
        {
            Assert.Equivalent(expected, seen, strict: true);
        }
    }
}
