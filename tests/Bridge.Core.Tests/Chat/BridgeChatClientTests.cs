using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using ThemisBridge.Core.Chat;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Tests.Doubles;

namespace ThemisBridge.Core.Tests.Chat;

public sealed class BridgeChatClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetResponse_carries_text_usage_reason_ids_and_who_answered()
    {
        (BridgeChatClient client, _) = Client();

        ChatResponse response = await client.GetResponseAsync("hi", cancellationToken: Token);

        Assert.Equal("hello", response.Text);
        Assert.Equal((ChatFinishReason.Stop, "served"), (response.FinishReason, response.ModelId));
        Assert.Equal((3, 2, 5, 0), (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount,
            response.Usage.TotalTokenCount, response.Usage.CachedInputTokenCount));
        Assert.IsType<InferenceResult>(response.RawRepresentation);
        Assert.Contains("engine", response.AdditionalProperties!.Keys);
    }

    [Fact]
    public async Task GetStreamingResponse_equals_the_whole_response()
    {
        (BridgeChatClient client, _) = Client((_, _) => Chunks.Of("he", "l", "lo"));

        ChatResponse response = await client.GetStreamingResponseAsync("hi", cancellationToken: Token)
            .ToChatResponseAsync(Token);

        Assert.Equal("hello", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal((3, 2), (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount));
    }

    [Fact]
    public async Task Options_and_messages_reach_the_request()
    {
        (BridgeChatClient client, FakeBackend backend) = Client();
        AIFunction tool = AIFunctionFactory.Create(Weather, "weather");

        await client.GetResponseAsync(
            [
                new ChatMessage(ChatRole.User, "how is it in Bonn?") { AuthorName = "ann" },
                new ChatMessage(ChatRole.Assistant,
                    [new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "Bonn" })]),
                new ChatMessage(ChatRole.Tool,
                    [new FunctionResultContent("c1", "rain"), new FunctionResultContent("c2", new { wind = 3 })]),
            ],
            new ChatOptions
            {
                ModelId = "m2",
                Instructions = "Be brief.",
                MaxOutputTokens = 7,
                Temperature = 0.5f,
                TopP = 0.9f,
                TopK = 4,
                FrequencyPenalty = 0.1f,
                PresencePenalty = 0.2f,
                Seed = 42,
                StopSequences = ["x"],
                Tools = [tool],
                ToolMode = ChatToolMode.RequireSpecific("weather"),
                ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse("""{"type":"object"}""").RootElement, "answer"),
                AdditionalProperties = new() { ["min_p"] = 0.05, ["adapter"] = "german", ["logit_bias"] = JsonDocument.Parse("""{"5":-1}""").RootElement },
            }, Token);

        InferenceRequest request = Assert.Single(backend.Requests);
        var chat = Assert.IsType<ChatPrompt>(request.Prompt);
        Assert.Equal(("m2", "german", false), (request.Model, request.Adapter, request.Stream));
        Assert.Equal(["system:Be brief.", "user:how is it in Bonn?", "assistant:", "tool:rain", "tool:{\"wind\":3}"],
            chat.Messages.Select(message =>
                $"{message.Role}:{(message.Role == "tool" ? Compact(message.Content) : message.Content)}"));
        Assert.Equal("ann", chat.Messages[1].Name);
        Assert.Equal(new[] { "c1", "c2" }, chat.Messages.Skip(3).Select(message => message.ToolCallId));
        ToolCall call = Assert.Single(chat.Messages[2].ToolCalls);
        Assert.Equal("Bonn", JsonDocument.Parse(call.ArgumentsJson).RootElement.GetProperty("city").GetString());
        Assert.Equal("weather", Assert.Single(chat.Tools).Name);
        Assert.Equal(ToolChoice.Named("weather"), chat.ToolChoice);
        Assert.Equal((StructuredOutputKind.JsonSchema, "answer"),
            (request.StructuredOutput!.Kind, request.StructuredOutput.Name));
        SamplingOptions sampling = request.Sampling;
        Assert.Equal((7, 0.5, 4, 42, 0.05),
            (sampling.MaxTokens, sampling.Temperature, sampling.TopK, sampling.Seed, sampling.MinP));
        Assert.Equal(["x"], sampling.Stop);
        Assert.Equal(-1f, sampling.LogitBias![5]);
    }

    [Fact]
    public async Task Function_calls_come_whole_at_the_end_of_a_stream()
    {
        (BridgeChatClient client, _) = Client((_, _) => Calls());

        List<ChatResponseUpdate> updates = await client.GetStreamingResponseAsync("hi", cancellationToken: Token)
            .ToListAsync(Token);

        Assert.DoesNotContain(updates[..^1], update => update.Contents.OfType<FunctionCallContent>().Any());
        FunctionCallContent call = Assert.Single(updates[^1].Contents.OfType<FunctionCallContent>());
        Assert.Equal(("c1", "weather", "Bonn"), (call.CallId, call.Name, call.Arguments!["city"]!.ToString()));
    }

    [Fact]
    public async Task Arguments_that_are_no_json_are_kept_as_the_contents_exception()
    {
        (BridgeChatClient client, _) = Client((_, _) => Calls("{\"city\":"));

        ChatResponse response = await client.GetResponseAsync("hi", cancellationToken: Token);

        Assert.NotNull(Assert.Single(response.Messages[0].Contents.OfType<FunctionCallContent>()).Exception);
    }

    public static TheoryData<string, ChatOptions> Refused => new()
    {
        { "ConversationId", new() { ConversationId = "c" } },
        { "AllowBackgroundResponses", new() { AllowBackgroundResponses = true } },
        { "RawRepresentationFactory", new() { RawRepresentationFactory = _ => null } },
        { "AllowMultipleToolCalls", new() { AllowMultipleToolCalls = true } },
        { "Tools", new() { Tools = [new HostedWebSearchTool()] } },
        { "seed", new() { Seed = -1 } },
        { "mirostat", new() { AdditionalProperties = new() { ["mirostat"] = 2 } } },
        { "min_p", new() { AdditionalProperties = new() { ["min_p"] = "much" } } },
        { "regex", new() { ResponseFormat = ChatResponseFormat.Json,
            AdditionalProperties = new() { ["regex"] = "a" } } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Option_that_cannot_be_honoured_is_refused_by_name(string name, ChatOptions options)
    {
        (BridgeChatClient client, FakeBackend backend) = Client();

        BridgeException failure =
            await Assert.ThrowsAsync<BridgeException>(() => client.GetResponseAsync("hi", options, Token));

        Assert.Equal(name, failure.Parameter);
        Assert.Empty(backend.Requests);
    }

    [Fact]
    public async Task Image_in_a_message_is_refused()
    {
        (BridgeChatClient client, _) = Client();

        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() => client.GetResponseAsync(
            [new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")])],
                cancellationToken: Token));

        Assert.Equal((BridgeFailure.UnsupportedOption, "messages"), (failure.Failure, failure.Parameter));
    }

    [Fact]
    public async Task Cancellation_reaches_the_backend()
    {
        var hanging = new TaskCompletionSource();
        (BridgeChatClient client, FakeBackend backend) = Client((_, token) => Chunks.ThenHang(hanging, ["a"], token));
        using var caller = new CancellationTokenSource();

        Task<ChatResponse> answer = client.GetResponseAsync("hi", cancellationToken: caller.Token);
        await hanging.Task;
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.Equal(1, backend.Disposed);
    }

    [Fact]
    public void GetService_gives_metadata_the_client_and_the_backend()
    {
        (BridgeChatClient client, FakeBackend backend) = Client();

        Assert.Equal("m", client.GetService<ChatClientMetadata>()!.DefaultModelId);
        Assert.Same(client, client.GetService<IChatClient>());
        Assert.Same(backend, client.GetService<IInferenceBackend>());
        Assert.Null(client.GetService<ChatClientMetadata>("key"));
    }

    private static string Compact(string json) => string.Concat(json.Where(c => !char.IsWhiteSpace(c)));

    [Description("Tells the weather.")]
    private static string Weather(string city) => city;

    private static (BridgeChatClient Client, FakeBackend Backend) Client(
        Func<InferenceRequest, CancellationToken, IAsyncEnumerable<InferenceChunk>>? answer = null)
    {
        var backend = new FakeBackend(answer);
        return (new BridgeChatClient(backend, "m"), backend);
    }

    private static async IAsyncEnumerable<InferenceChunk> Calls(string arguments = "{\"city\":\"Bonn\"}")
    {
        await Task.Yield();
        yield return new InferenceChunk
        {
            Start = new GenerationStart { Model = "served" },
            ToolCalls = [new ToolCallDelta(0, "c1", "weather", arguments[..4])],
        };
        yield return new InferenceChunk
        {
            ToolCalls = [new ToolCallDelta(0, null, null, arguments[4..])],
            End = new GenerationEnd(FinishReason.ToolCalls, new TokenUsage(3, null, 2)),
        };
    }
}
