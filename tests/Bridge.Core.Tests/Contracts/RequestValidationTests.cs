using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Tests.Contracts;

public sealed class RequestValidationTests
{
    private static readonly InferenceRequest Good = new() { Model = "m", Prompt = new TextPrompt("hi") };

    public static TheoryData<string, SamplingOptions> BadSampling => new()
    {
        { "max_tokens", new() { MaxTokens = 0 } },
        { "min_tokens", new() { MinTokens = -1 } },
        { "min_tokens", new() { MinTokens = 3, MaxTokens = 2 } },
        { "temperature", new() { Temperature = -0.1 } },
        { "temperature", new() { Temperature = 2.1 } },
        { "temperature", new() { Temperature = double.NaN } },
        { "temperature", new() { Temperature = double.PositiveInfinity } },
        { "top_p", new() { TopP = 0 } },
        { "top_p", new() { TopP = double.NaN } },
        { "top_k", new() { TopK = -2 } },
        { "min_p", new() { MinP = 1.01 } },
        { "seed", new() { Seed = -1 } },
        { "frequency_penalty", new() { FrequencyPenalty = 2.5 } },
        { "presence_penalty", new() { PresencePenalty = double.NaN } },
        { "repetition_penalty", new() { RepetitionPenalty = 0 } },
        { "logprobs", new() { Logprobs = 21 } },
        { "stop", new() { Stop = ["a", "b", "c", "d", "e"] } },
        { "stop", new() { Stop = [""] } },
        { "stop_token_ids", new() { StopTokenIds = [-1] } },
        { "logit_bias", new() { LogitBias = new Dictionary<int, float> { [1] = float.NaN } } },
        { "logit_bias", new() { LogitBias = new Dictionary<int, float> { [-1] = 0 } } },
        { "logit_bias", new() { LogitBias = Enumerable.Range(0, 1025).ToDictionary(id => id, _ => 0f) } },
    };

    public static TheoryData<string, InferenceRequest> BadRequests => new()
    {
        { "model", Good with { Model = " " } },
        { "prompt", Good with { Prompt = new TextPrompt("") } },
        { "prompt", Good with { Prompt = new TokenPrompt(Array.Empty<int>()) } },
        { "prompt", Good with { Prompt = new TokenPrompt(new[] { 1, -7 }) } },
        { "messages", Good with { Prompt = new ChatPrompt([]) } },
        { "messages", Good with { Prompt = new ChatPrompt([new PromptMessage("", "a")]) } },
        { "tool_choice",
            Good with { Prompt =
            new ChatPrompt([new PromptMessage("user", "a")]) { ToolChoice = ToolChoice.Named("f") } } },
        { "continue_final_message",
            Good with { Prompt = new ChatPrompt([new PromptMessage("user", "a")]) { ContinueFinalMessage = true } } },
        { "adapter", Good with { Adapter = "" } },
        { "tenant", Good with { Tenant = new string('t', 129) } },
        { "request_id", Good with { RequestId = "two words" } },
        { "request_id", Good with { RequestId = new string('r', 129) } },
        { "choice", Good with { StructuredOutput = StructuredOutput.OneOf([]) } },
        { "structured_output", Good with { StructuredOutput = StructuredOutput.Regex("") } },
        { "deadlines", Good with { Deadlines = new DeadlineBudgets { Idle = TimeSpan.Zero } } },
        { "deadlines", Good with { Deadlines = new DeadlineBudgets { Total = TimeSpan.FromDays(2) } } },
    };

    [Theory]
    [MemberData(nameof(BadSampling))]
    public void Check_sampling_out_of_range_names_the_option(string parameter, SamplingOptions options) =>
        AssertRefused(parameter, Good with { Sampling = options });

    [Theory]
    [MemberData(nameof(BadRequests))]
    public void Check_bad_request_names_the_field(string parameter, InferenceRequest request) =>
        AssertRefused(parameter, request);

    // Not data of a theory: a report of the test cannot spell them.
    [Fact]
    public void Check_half_a_surrogate_pair_is_refused_wherever_it_stands()
    {
        AssertRefused("stop", Good with { Sampling = new SamplingOptions { Stop = ["\ud800"] } });
        AssertRefused("prompt", Good with { Prompt = new TextPrompt("a\udc00b") });
        AssertRefused("model", Good with { Model = "\ud800" });
        AssertRefused("adapter", Good with { Adapter = "\ud800" });
        AssertRefused("tenant", Good with { Tenant = "\ud800" });
        AssertRefused("structured_output", Good with { StructuredOutput = StructuredOutput.Regex("\ud800") });
        AssertRefused("structured_output", Good with { StructuredOutput = StructuredOutput.Grammar("\ud800") });
        AssertRefused("structured_output", Good with { StructuredOutput = StructuredOutput.JsonSchema("\"\ud800\"") });
        AssertRefused("structured_output.name", Good with
        {
            StructuredOutput = StructuredOutput.JsonSchema("{}") with { Name = "\ud800" },
        });
        AssertRefused("choice", Good with { StructuredOutput = StructuredOutput.OneOf(["a", "\ud800"]) });
    }

    [Fact]
    public void Check_half_a_surrogate_pair_in_a_chat_names_its_place()
    {
        var user = new PromptMessage("user", "a");
        AssertChatRefused("messages[0].content", user with { Content = "\ud83d" });
        AssertChatRefused("messages[0].role", user with { Role = "\ud83d" });
        AssertChatRefused("messages[0].name", user with { Name = "\ud83d" });
        AssertChatRefused("messages[0].tool_call_id", user with { ToolCallId = "\ud83d" });
        AssertChatRefused("messages[0].reasoning", user with { Reasoning = "\ud83d" });
        AssertChatRefused("messages[0].tool_calls.id", user with { ToolCalls = [new ToolCall("\ud83d", "f", "{}")] });
        AssertChatRefused("messages[0].tool_calls.name", user with { ToolCalls = [new ToolCall("1", "\ud83d", "{}")] });
        AssertChatRefused(
            "messages[0].tool_calls.arguments", user with { ToolCalls = [new ToolCall("1", "f", "\"\ud83d\"")] });
        AssertChatRefused("tools[0].name", user, new ToolDefinition("\ud83d", null, null));
        AssertChatRefused("tools[0].description", user, new ToolDefinition("f", "\ud83d", null));
        AssertChatRefused("tools[0].parameters", user, new ToolDefinition("f", null, "\"\ud83d\""));

        static void AssertChatRefused(string parameter, PromptMessage message, params ToolDefinition[] tools) =>
            AssertRefused(parameter, Good with { Prompt = new ChatPrompt([message]) { Tools = tools } });
    }

    [Fact]
    public void Check_everything_at_its_limits_passes() => RequestValidation.Check(Good with
    {
        Prompt = new TextPrompt("\ud83d\ude00 ok"),
        RequestId = new string('r', 128),
        Tenant = "t",
        Deadlines = new DeadlineBudgets { Idle = Timeout.InfiniteTimeSpan, Total = TimeSpan.FromHours(24) },
        Sampling = new SamplingOptions
        {
            MaxTokens = 1,
            MinTokens = 1,
            Temperature = 2,
            TopP = 1,
            TopK = -1,
            MinP = 0,
            Seed = int.MaxValue,
            FrequencyPenalty = -2,
            PresencePenalty = 2,
            RepetitionPenalty = 2,
            Logprobs = 20,
            Stop = ["a", "b", "c", "d"],
            LogitBias = new Dictionary<int, float> { [0] = -100 },
        },
    });

    [Fact]
    public void Check_embedding_without_inputs_or_with_chat_is_refused()
    {
        var none = new EmbeddingRequest { Model = "m", Inputs = [] };

        Assert.Equal("input", Assert.Throws<BridgeException>(() => RequestValidation.Check(none)).Parameter);
        Assert.Equal("input", Assert.Throws<BridgeException>(() => RequestValidation.Check(
            none with { Inputs = [new ChatPrompt([new PromptMessage("user", "a")])] })).Parameter);
        Assert.Equal("input", Assert.Throws<BridgeException>(() => RequestValidation.Check(
            none with { Inputs = [.. Enumerable.Repeat(new TextPrompt("a"), 2049)] })).Parameter);
        Assert.Equal("dimensions", Assert.Throws<BridgeException>(() => RequestValidation.Check(
            none with { Inputs = [new TextPrompt("a")], Dimensions = 0 })).Parameter);
    }

    private static void AssertRefused(string parameter, InferenceRequest request)
    {
        BridgeException failure = Assert.Throws<BridgeException>(() => RequestValidation.Check(request));
        Assert.Equal((BridgeFailure.InvalidRequest, FailureStage.Admit), (failure.Failure, failure.Stage));
        Assert.Equal(parameter, failure.Parameter);
        Assert.Contains(
            parameter.Split('[')[0].Replace("deadlines", "budget", StringComparison.Ordinal).Replace('_', ' '),
            failure.Message.Replace('_', ' '), StringComparison.Ordinal);
    }
}
