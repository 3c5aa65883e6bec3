using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests;

/// <summary>Thoughts of a reasoning model, given and sent back.</summary>
public class ReasoningTests
{
    private const string Done = "data: [DONE]\n\n";

    private static readonly InferenceRequest Request = new()
    {
        Model = "m",
        Prompt = new ChatPrompt([new PromptMessage("user", "x")]),
        Output = OutputParts.Text,
    };

    [Theory]
    [InlineData("\"reasoning\":\"ä1\"")]
    [InlineData("\"reasoning_content\":\"ä1\"")]
    [InlineData("\"reasoning\":\"ä1\",\"reasoning_content\":\"ä1\"")]
    [InlineData("\"reasoning\":\"ä1\",\"reasoning_content\":null")]
    public async Task Thoughts_are_told_apart_from_the_text_under_either_name(string field)
    {
        string finish = "{" + field + ",\"content\":\"b\"}";
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.OfEvents(
                Event("{\"role\":\"assistant\",\"content\":\"\"}"), Event("{" + field + "}"),
                Event("{\"content\":\"b\"}", "stop"), Done))
            .Add(ReplayExchange.Of(200, "application/json",
                "{\"choices\":[{\"message\":" + finish + ",\"finish_reason\":\"stop\"}]}"));
        using var fixture = new BackendFixture(server);
        Collected streamed = await Collected.OfAsync(fixture.Backend, Request);
        Collected whole = await Collected.OfAsync(fixture.Backend, Request with { Stream = false });

        Assert.Equal(("ä1", "b", FinishReason.Stop), (streamed.Reasoning, streamed.Text, streamed.Finish));
        Assert.Equal(("ä1", "b", FinishReason.Stop), (whole.Reasoning, whole.Text, whole.Finish));
    }

    [Fact]
    public async Task Thoughts_are_sent_back_under_the_present_name()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.OfEvents(Event("{\"content\":\"b\"}", "stop"), Done));
        using var fixture = new BackendFixture(server);
        await Collected.OfAsync(fixture.Backend, Request with
        {
            Prompt = new ChatPrompt([new PromptMessage("assistant", "a") { Reasoning = "t" }]),
        });

        Assert.Contains("""{"role":"assistant","content":"a","reasoning":"t"}""", server.Requests[0].Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"reasoning\":\"t\"}")]
    [InlineData("{\"content\":\"t\"}")]
    [InlineData("{\"tool_calls\":[{\"index\":0,\"id\":\"1\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}")]
    public async Task Output_of_any_kind_without_the_ids_that_were_asked_for_is_a_refusal(string delta)
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.OfEvents(Event(delta), Event("{}", "stop"), Done))
            .Add(ReplayExchange.OfEvents(Event(delta, "stop"), Done))
            .Add(ReplayExchange.Of(200, "application/json",
                "{\"choices\":[{\"message\":" + delta + ",\"finish_reason\":\"stop\"}]}"));
        using var fixture = new BackendFixture(server);
        InferenceRequest request = Request with { Output = OutputParts.Text | OutputParts.TokenIds };

        Assert.Equal(BridgeFailure.UnsupportedOption, (await Collected.OfAsync(fixture.Backend, request)).Failure);
        Assert.Equal(BridgeFailure.UnsupportedOption, (await Collected.OfAsync(fixture.Backend, request)).Failure);
        Assert.Equal(BridgeFailure.UnsupportedOption,
            (await Collected.OfAsync(fixture.Backend, request with { Stream = false })).Failure);
    }

    [Theory]
    [InlineData(OutputParts.TokenIds)]
    [InlineData(OutputParts.PromptTokenIds)]
    public async Task Empty_answer_without_the_ids_that_were_asked_for_is_a_refusal(OutputParts ids)
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.OfEvents(Event("{}", "stop"), Done));
        using var fixture = new BackendFixture(server);

        Assert.Equal(BridgeFailure.UnsupportedOption, (await Collected.OfAsync(
            fixture.Backend, Request with { Output = OutputParts.Text | ids })).Failure);
    }

    [Fact]
    public async Task Lists_of_ids_that_stay_empty_beside_text_are_a_refusal()
    {
        const string Empty = ",\"token_ids\":[]}]}\n\n";
        await using ReplayServer server = ReplayServer.Start().Add(ReplayExchange.OfEvents(
            Event("{\"content\":\"a\"}").Replace("}]}\n\n", Empty, StringComparison.Ordinal),
            Event("{}", "stop").Replace("}]}\n\n", Empty, StringComparison.Ordinal), Done));
        using var fixture = new BackendFixture(server);

        Assert.Equal(BridgeFailure.UnsupportedOption, (await Collected.OfAsync(
            fixture.Backend, Request with { Output = OutputParts.Text | OutputParts.TokenIds })).Failure);
    }

    private static string Event(string delta, string? finish = null) =>
        "data: {\"id\":\"chatcmpl-1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":" + delta
        + ",\"finish_reason\":" + (finish is null ? "null" : $"\"{finish}\"") + "}]}\n\n";
}
