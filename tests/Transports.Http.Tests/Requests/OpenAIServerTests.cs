using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Requests;

/// <summary>A server of OpenAI's own fields gets those alone.</summary>
public class OpenAIServerTests
{
    private static readonly PromptMessage User = new("user", "x");

    private static readonly InferenceRequest Request = new()
    {
        Model = "m",
        Prompt = new ChatPrompt([User]),
        Stream = false,
        Output = OutputParts.Text,
    };

    [Fact]
    public async Task Values_that_switch_nothing_on_are_left_out()
    {
        using InMemoryBackend memory = Start();
        Collected answer = await Collected.OfAsync(memory.Backend, Request with
        {
            Sampling = new SamplingOptions
            {
                MaxTokens = 4,
                MinTokens = 0,
                TopK = -1,
                MinP = 0,
                RepetitionPenalty = 1,
                FrequencyPenalty = 0,
                Temperature = 0,
            },
        });

        Assert.Null(answer.Failure);
        Assert.Equal(
            """{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":4,"temperature":0,"""
            + "\"frequency_penalty\":0}",
            Encoding.UTF8.GetString(memory.Connections[0].Written).Split("\r\n\r\n", 2)[1]);
    }

    [Fact]
    public async Task Template_switch_and_earlier_thoughts_are_refused_by_name()
    {
        await AssertRefusedAsync("add_generation_prompt", new ChatPrompt([User]) { AddGenerationPrompt = false });
        await AssertRefusedAsync("reasoning", new ChatPrompt([User, new("assistant", "y") { Reasoning = "z" }, User]));
    }

    [Fact]
    public async Task Options_of_vllm_alone_are_not_sent()
    {
        using InMemoryBackend memory = Start();
        await Collected.OfAsync(memory.Backend, Request with { Stream = true });
        string sent = Encoding.UTF8.GetString(memory.Connections[0].Written);

        Assert.EndsWith("\"stream\":true,\"stream_options\":{\"include_usage\":true}}", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_cannot_give_is_said_in_the_capabilities()
    {
        using InMemoryBackend memory = Start();
        BackendFeatures features = memory.Backend.Descriptor.Capabilities.Features;

        Assert.Equal(BackendFeatures.None, features & (BackendFeatures.TokenIdOutput
            | BackendFeatures.PromptTokenIdOutput | BackendFeatures.Tokenize | BackendFeatures.TenantIsolation));
        Collected answer = await Collected.OfAsync(
            memory.Backend, Request with { Output = OutputParts.Text | OutputParts.TokenIds });
        Assert.Equal(BridgeFailure.UnsupportedOption, answer.Failure);
        Assert.Contains("token_id_output", answer.Message, StringComparison.Ordinal);
        Assert.Empty(memory.Connections);
    }

    private static InMemoryBackend Start() => new(
        _ => (Recordings.Http["A-chat-plain"].Response, []),
        options =>
        {
            options.Server = HttpServerKind.OpenAI;
            options.ContinuousUsage = true;
            options.StreamInterval = 8;
        });

    private static async Task AssertRefusedAsync(string field, ChatPrompt prompt)
    {
        using InMemoryBackend memory = Start();
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            CancellationToken token = TestContext.Current.CancellationToken;
            await foreach (InferenceChunk _ in memory.Backend.GenerateAsync(Request with { Prompt = prompt }, token))
            {
            }
        });

        Assert.Equal((BridgeFailure.UnsupportedOption, field), (e.Failure, e.Parameter));
        Assert.Contains(field, e.Message, StringComparison.Ordinal);
        Assert.Empty(memory.Connections);
    }
}
