using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Tests.Contracts;

public sealed class AnswerBuilderTests
{
    private static readonly GenerationStart Start = new() { Model = "m" };

    [Fact]
    public void Build_joins_text_ids_reasoning_and_calls()
    {
        var answer = new AnswerBuilder();
        int[] lent = [1, 2];
        answer.Add(new InferenceChunk { Start = Start, Text = "a", TokenIds = lent, Reasoning = "hm" });
        lent[0] = 9;
        answer.Add(
            new InferenceChunk { ToolCalls =
            [new ToolCallDelta(1, "id1", "g", "{"), new ToolCallDelta(0, "id0", "f", "{}")] });
        answer.Add(new InferenceChunk { ToolCalls = [new ToolCallDelta(1, null, null, "}")], Reasoning = "m" });
        answer.Add(
            new InferenceChunk { Text = "b", TokenIds = new[] { 3 },
            End = new GenerationEnd(FinishReason.ToolCalls, default) });

        InferenceResult result = answer.Build("x");

        Assert.Equal(("ab", "hmm"), (result.Text, result.Reasoning));
        Assert.Equal([1, 2, 3], result.TokenIds);
        Assert.Equal([new ToolCall("id0", "f", "{}"), new ToolCall("id1", "g", "{}")], result.ToolCalls);
    }

    [Fact]
    public void Build_without_an_end_is_a_lost_connection()
    {
        var answer = new AnswerBuilder();
        answer.Add(new InferenceChunk { Start = Start, Text = "a" });

        BridgeException failure = Assert.Throws<BridgeException>(() => answer.Build("x"));

        Assert.Equal((BridgeFailure.ConnectionLost, "x"), (failure.Failure, failure.Backend));
    }
}
