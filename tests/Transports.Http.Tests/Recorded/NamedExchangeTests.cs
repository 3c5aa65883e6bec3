using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Recorded;

/// <summary>Single exchanges whose content is known by heart.</summary>
public class NamedExchangeTests
{
    private const string Answer =
        "ThemisDB is a high-performance multi-model database that combines relational, graph, "
        + "vector, and document capabilities with ACID transactions.";

    private const string PromptIds = "1,120,118,260,13,322,271,440,66,2,13,1,297,118,265,119,397,13";

    private const string AnswerIds =
        "768,271,261,1015,48,115,260,898,278,395,987,48,112,289,689,329,841,101,640,672,47,"
        + "1019,47,510,47,298,323,586,637,844,108,268,385,623,931,49,2";

    [Fact]
    public async Task Chat_plain_gives_text_usage_and_stop()
    {
        Assert.Equal(
            new Collected(Answer, "", "", FinishReason.Stop, new TokenUsage(18, null, 37), null, null),
            await ReplayAsync("A-chat-plain"));
    }

    [Fact]
    public async Task Chat_stream_with_usage_ends_with_length()
    {
        Assert.Equal(
            new Collected("ThemisDB is a high-", "", "", FinishReason.Length, new TokenUsage(18, null, 5), null, null),
            await ReplayAsync("A-chat-stream-usage"));
    }

    [Fact]
    public async Task Completion_stream_with_ids_gives_prompt_ids_answer_ids_and_the_end_token()
    {
        Assert.Equal(
            new Collected(Answer, AnswerIds, PromptIds, FinishReason.Stop, new TokenUsage(18, null, 37), null, null),
            await ReplayAsync("A-completions-ids-return-stream"));
    }

    [Fact]
    public async Task Stop_string_is_told_and_its_tokens_are_in_the_ids()
    {
        Collected answer = await ReplayAsync("A-completions-stop-stream");

        Assert.Equal("ThemisDB is a high-performance multi-model", answer.Text);
        Assert.Equal(" database that", answer.StopString);
        Assert.Equal(AnswerIds.Split(',')[..16], answer.Ids.Split(','));
        Assert.Equal(new TokenUsage(null, null, 16), answer.Usage);
    }

    [Fact]
    public async Task Stop_token_is_told_when_it_was_asked_for()
    {
        Collected answer = await ReplayAsync("A-completions-stop-token");

        Assert.Equal((FinishReason.Stop, 48), (answer.Finish, answer.StopTokenId));
        Assert.Equal("ThemisDB is a high", answer.Text);
        Assert.EndsWith(",48", answer.Ids, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_reason_zero_is_a_natural_end()
    {
        Collected answer = await ReplayAsync("A-completions-so-choice");

        Assert.Equal(FinishReason.Stop, answer.Finish);
        Assert.Null(answer.StopTokenId);
        Assert.Null(answer.StopString);
    }

    [Fact]
    public async Task Characters_of_several_tokens_arrive_whole()
    {
        Collected answer = await ReplayAsync("A-completions-emoji-stream");

        Assert.Equal("😀", answer.Text);
        Assert.Equal(5, answer.Ids.Split(',').Length);
    }

    [Fact]
    public async Task Tool_calls_arrive_in_pieces()
    {
        Collected answer = await ReplayAsync("H-chat-tools-required-stream");

        Assert.Equal(FinishReason.ToolCalls, answer.Finish);
        Assert.Contains("Name = get_time", answer.Tools, StringComparison.Ordinal);
        Assert.Equal(5, answer.Tools.Split('|').Length);
    }

    [Fact]
    public async Task Logprobs_carry_ids_texts_and_alternatives()
    {
        Collected answer = await ReplayAsync("A-completions-logprobs3");

        Assert.StartsWith(
            ":ThemisDB:-0.0009[:ThemisDB:-0.0009[] :ll:-8.4637[] :Hello:-8.6108[]]|", answer.Logprobs,
            StringComparison.Ordinal);
        Assert.Equal(answer.Logprobs[..40], (await ReplayAsync("A-completions-logprobs3-stream")).Logprobs[..40]);
        Assert.StartsWith(
            ":ThemisDB:-0.0009[:ThemisDB:-0.0009[] :ll:-8.4637[]]", (await ReplayAsync("A-chat-logprobs")).Logprobs,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repetition_is_a_success()
    {
        Assert.Equal(FinishReason.Repetition, (await ReplayAsync("A-completions-repetition", Ids)).Finish);
    }

    [Fact]
    public async Task Cached_tokens_are_told_where_the_server_tells_them()
    {
        Assert.Equal(new TokenUsage(301, 256, 1), (await ReplayAsync("F-chat-cached")).Usage);
    }

    [Theory]
    [InlineData("A-completions-err-too-long-ids", BridgeFailure.ContextLengthExceeded)]
    [InlineData("A-completions-err-too-long-text", BridgeFailure.ContextLengthExceeded)]
    [InlineData("A-completions-err-exact-fit", BridgeFailure.ContextLengthExceeded)]
    [InlineData("A-completions-err-max-over-context", BridgeFailure.ContextLengthExceeded)]
    [InlineData("A-completions-err-stream-prompt-long", BridgeFailure.ContextLengthExceeded)]
    [InlineData("A-chat-err-too-long", BridgeFailure.ContextLengthExceeded)]
    [InlineData("A-chat-err-too-long-sum", BridgeFailure.ContextLengthExceeded)]
    [InlineData("A-completions-err-temperature-high", BridgeFailure.InvalidRequest, "temperature")]
    [InlineData("A-completions-err-temperature-neg", BridgeFailure.InvalidRequest, "temperature")]
    [InlineData("A-completions-err-top-p", BridgeFailure.InvalidRequest, "top_p")]
    [InlineData("A-completions-err-wrong-type", BridgeFailure.InvalidRequest, "max_tokens")]
    [InlineData("A-completions-err-stop-too-many", BridgeFailure.InvalidRequest, "stop")]
    [InlineData("A-completions-err-prompt-oov", BridgeFailure.InvalidRequest)]
    [InlineData("A-completions-err-seed-huge", BridgeFailure.InvalidRequest, "seed")]
    [InlineData("A-err-unknown-model", BridgeFailure.UnknownModel, "model")]
    [InlineData("A-err-unknown-model-chat", BridgeFailure.UnknownModel, "model")]
    [InlineData("A-err-unknown-model-stream", BridgeFailure.UnknownModel, "model")]
    [InlineData("A-err-utf8", BridgeFailure.InvalidRequest)]
    [InlineData("A-err-lone-surrogate", BridgeFailure.InvalidRequest)]
    [InlineData("B-no-key", BridgeFailure.Unauthorized)]
    [InlineData("B-no-key-stream", BridgeFailure.Unauthorized)]
    [InlineData("Q-overflow-plain", BridgeFailure.Busy)]
    [InlineData("Q-overflow-stream", BridgeFailure.Busy)]
    [InlineData("G-completions", BridgeFailure.UnsupportedOption)]
    [InlineData("A-chat-tools-auto", BridgeFailure.UnsupportedOption)]
    [InlineData("A-wire-garbage", BridgeFailure.ProtocolViolation)]
    [InlineData("A-get-trailing-slash", BridgeFailure.ProtocolViolation)]
    public async Task Error_status_is_the_failure(string name, BridgeFailure expected, string? parameter = null)
    {
        RecordedExchange exchange = Recordings.Http[name];
        using var memory = new InMemoryBackend(_ => (exchange.Response, []));
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            CancellationToken token = TestContext.Current.CancellationToken;
            await foreach (InferenceChunk _ in memory.Backend.GenerateAsync(Default, token))
            {
            }
        });

        Assert.Equal((expected, FailureStage.Admit, "vllm/http"), (e.Failure, e.Stage, e.Backend));
        Assert.Equal(parameter ?? e.Parameter, e.Parameter);
        Assert.False(e.OutputCommitted);
        Assert.DoesNotContain("vllm.test", e.Message, StringComparison.Ordinal);
    }

    private static InferenceRequest Default { get; } = new()
    {
        Model = "themis-tiny",
        Prompt = new TextPrompt("hi"),
        Sampling = new SamplingOptions { MaxTokens = 4 },
    };

    private static InferenceRequest Ids { get; } = Default with
    {
        Stream = false,
        Output = OutputParts.Text | OutputParts.TokenIds | OutputParts.PromptTokenIds,
    };

    private static async Task<Collected> ReplayAsync(string name, InferenceRequest? request = null)
    {
        RecordedExchange exchange = Recordings.Http[name];
        request ??= RecordedRequests.Generation(exchange.RequestBody, exchange.Path);
        // A structure depends on the version, which is asked for first.
        string[] facts = request.StructuredOutput is null
            ? [] : ["A-get-version", "A-generate-disabled", "A-abort-disabled"];
        using var memory = new InMemoryBackend(connection => (
            connection < facts.Length ? Recordings.Http[facts[connection]].Response : exchange.Response, []));
        return await Collected.OfAsync(memory.Backend, request);
    }
}
