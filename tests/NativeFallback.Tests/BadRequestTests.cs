using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Tests;

/// <summary>Requests that must be refused with one typed error, before anything is decoded.</summary>
public sealed class BadRequestTests(TinyEngine engine)
{
    private static readonly Question First = Question.First;

    public static TheoryData<string, SamplingOptions> BadSampling => new()
    {
        { "temperature", new() { Temperature = double.NaN } },
        { "temperature", new() { Temperature = -1 } },
        { "temperature", new() { Temperature = double.PositiveInfinity } },
        { "top_p", new() { TopP = double.NaN } },
        { "top_p", new() { TopP = 0 } },
        { "top_p", new() { TopP = 1.1 } },
        { "top_k", new() { TopK = -2 } },
        { "min_p", new() { MinP = double.NaN } },
        { "min_p", new() { MinP = -0.1 } },
        { "frequency_penalty", new() { FrequencyPenalty = double.NaN } },
        { "presence_penalty", new() { PresencePenalty = 3 } },
        { "repetition_penalty", new() { RepetitionPenalty = 0 } },
        { "repetition_penalty", new() { RepetitionPenalty = double.NaN } },
        { "seed", new() { Seed = -1 } },
        { "max_tokens", new() { MaxTokens = 0 } },
        { "min_tokens", new() { MinTokens = -1 } },
        { "min_tokens", new() { MinTokens = 5, MaxTokens = 4 } },
        { "logprobs", new() { Logprobs = 21 } },
        { "logprobs", new() { Logprobs = -1 } },
        { "stop", new() { Stop = [""] } },
        { "stop", new() { Stop = [new string('x', 1025)] } },
        { "stop", new() { Stop = ["a", "b", "c", "d", "e"] } },
        { "stop_token_ids", new() { StopTokenIds = [1024] } },
        { "stop_token_ids", new() { StopTokenIds = [-1] } },
        { "logit_bias", new() { LogitBias = new Dictionary<int, float> { [-1] = 1 } } },
        { "logit_bias", new() { LogitBias = new Dictionary<int, float> { [1024] = 1 } } },
        { "logit_bias", new() { LogitBias = new Dictionary<int, float> { [5] = float.NaN } } },
        { "logit_bias", new() { LogitBias = new Dictionary<int, float> { [5] = float.NegativeInfinity } } },
    };

    [Theory]
    [MemberData(nameof(BadSampling))]
    public async Task Bad_sampling_value_is_refused_by_name(string parameter, SamplingOptions sampling)
    {
        BridgeException error = await RefusedAsync(Requests.Ask(First) with { Sampling = sampling });

        Assert.Equal(BridgeFailure.InvalidRequest, error.Failure);
        Assert.Equal(parameter, error.Parameter);
        Assert.Contains(parameter, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Empty_prompt_is_refused()
    {
        foreach (Prompt prompt in (Prompt[])[new TextPrompt(""), new TokenPrompt(default), new ChatPrompt([])])
        {
            BridgeException error = await RefusedAsync(Requests.Ask(First) with { Prompt = prompt });
            Assert.Equal(BridgeFailure.InvalidRequest, error.Failure);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1024)]
    [InlineData(int.MaxValue)]
    public async Task Token_outside_the_vocabulary_is_refused(int id)
    {
        BridgeException error =
            await RefusedAsync(Requests.Ask(First) with { Prompt = new TokenPrompt((int[])[5, id]) });

        Assert.Equal(BridgeFailure.InvalidRequest, error.Failure);
        Assert.Contains($"{id}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_over_the_context_is_refused_with_both_numbers_and_the_largest_is_answered()
    {
        InferenceRequest Sized(int tokens) => Requests.Ask(First) with
        {
            Prompt = new TokenPrompt(Enumerable.Repeat(300, tokens).ToArray()),
        };

        BridgeException error = await RefusedAsync(Sized(2048));
        Assert.Equal(BridgeFailure.ContextLengthExceeded, error.Failure);
        Assert.Contains("2048 tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains("holds 2048", error.Message, StringComparison.Ordinal);
        Assert.Contains("5000 tokens", (await RefusedAsync(Sized(5000))).Message, StringComparison.Ordinal);

        InferenceResult largest =
            await engine.Backend.CompleteAsync(Sized(2047), TestContext.Current.CancellationToken);
        Assert.Equal(1, largest.End.Usage.CompletionTokens);
    }

    [Fact]
    public async Task Text_of_megabytes_is_refused_without_being_tokenized()
    {
        string huge = new('a', 20_000_000);

        foreach (Prompt prompt in (Prompt[])[new TextPrompt(huge), new ChatPrompt([new PromptMessage("user", huge)])])
        {
            BridgeException error = await RefusedAsync(Requests.Ask(First) with { Prompt = prompt });
            Assert.Equal(BridgeFailure.ContextLengthExceeded, error.Failure);
            Assert.Contains("at least", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Max_tokens_that_do_not_fit_beside_the_prompt_are_refused()
    {
        int room = 2048 - First.PromptTokenIds.Length;

        BridgeException error = await RefusedAsync(
            Requests.Ask(First) with { Sampling = Requests.Greedy with { MaxTokens = room + 1 } });
        InferenceResult fits = await engine.Backend.CompleteAsync(
            Requests.Ask(First) with { Sampling = Requests.Greedy with { MaxTokens = room } },
            TestContext.Current.CancellationToken);

        Assert.Equal((BridgeFailure.ContextLengthExceeded, "max_tokens"), (error.Failure, error.Parameter));
        Assert.Contains($"{room + 1}", error.Message, StringComparison.Ordinal);
        Assert.Equal(First.English, fits.Text);
    }

    [Fact]
    public async Task Unknown_model_and_adapter_are_named()
    {
        BridgeException model = await RefusedAsync(Requests.Ask(First) with { Model = "none" });
        BridgeException adapter = await RefusedAsync(Requests.Ask(First) with { Adapter = "french" });

        Assert.Equal((BridgeFailure.UnknownModel, "model"), (model.Failure, model.Parameter));
        Assert.Equal((BridgeFailure.UnknownAdapter, "adapter"), (adapter.Failure, adapter.Parameter));
        Assert.Contains("french", adapter.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_offered_is_refused_by_name()
    {
        InferenceRequest request = Requests.Ask(First);
        ChatPrompt chat = (ChatPrompt)request.Prompt;
        ToolDefinition tool = new("f", null, null);
        PromptMessage call = new("assistant", "") { ToolCalls = [new ToolCall("1", "f", "{}")] };

        foreach ((InferenceRequest bad, string option) in ((InferenceRequest, string)[])
            [
                (request with { StructuredOutput = StructuredOutput.AnyJsonObject }, "json_object"),
                (request with { StructuredOutput = StructuredOutput.Regex("a") }, "regex"),
                (request with { Priority = 1 }, "priority"),
                (request with { Prompt = chat with { Tools = [tool] } }, "tools"),
                (request with { Prompt = chat with { ToolChoice = ToolChoice.Required } }, "tools"),
                (request with { Prompt = chat with { Messages = [.. chat.Messages, call] } }, "tools"),
            ])
        {
            BridgeException error = await RefusedAsync(bad);
            Assert.Equal((BridgeFailure.UnsupportedOption, option), (error.Failure, error.Parameter));
        }
    }

    [Fact]
    public async Task Continuing_and_answering_at_once_is_refused()
    {
        ChatPrompt chat = new([new PromptMessage("user", "x")]) { ContinueFinalMessage = true };

        BridgeException error = await RefusedAsync(Requests.Ask(First) with { Prompt = chat });

        Assert.Equal((BridgeFailure.InvalidRequest, "continue_final_message"), (error.Failure, error.Parameter));
    }

    [Fact]
    public async Task Harmless_options_are_taken()
    {
        InferenceResult answer = await engine.Backend.CompleteAsync(
            Requests.Ask(First) with { CachePolicy = CachePolicy.Bypass, Tenant = "somebody" },
            TestContext.Current.CancellationToken);

        Assert.Equal(First.English, answer.Text);
    }

    [Fact]
    public async Task Any_text_can_be_asked_and_never_fails()
    {
        Random random = new(5);
        for (int i = 0; i < 60; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => AnyRune(random)));
            InferenceResult answer = await engine.Backend.CompleteAsync(
                Requests.Ask("\0<|im_end|>" + text) with { Sampling = new() { MaxTokens = 3, Seed = i } },
                TestContext.Current.CancellationToken);
            Assert.InRange(answer.TokenIds.Count, 1, 3);
        }
    }

    [Fact]
    public async Task Half_of_a_character_is_refused()
    {
        foreach (Prompt prompt in (Prompt[])
            [new TextPrompt("a\ud83d"), new ChatPrompt([new PromptMessage("user", "\ude00b")])])
        {
            BridgeException error = await RefusedAsync(Requests.Ask(First) with { Prompt = prompt });
            Assert.Equal(BridgeFailure.InvalidRequest, error.Failure);
            Assert.Contains("half a UTF-16 pair", error.Message, StringComparison.Ordinal);
        }
    }

    // Above the surrogates there are fewer characters than below: the offset skips them.
    private static string AnyRune(Random random)
    {
        int value = random.Next(0x10FFFF - 0x800);
        return char.ConvertFromUtf32(value < 0xD800 ? value : value + 0x800);
    }

    private async Task<BridgeException> RefusedAsync(InferenceRequest request)
    {
        BridgeException error = await Assert.ThrowsAsync<BridgeException>(
            () => engine.Backend.CompleteAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(FailureStage.Admit, error.Stage);
        Assert.Equal("native", error.Backend);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        return error;
    }
}
