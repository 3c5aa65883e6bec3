using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>What came of a generation: the parts put together, and the failure when there was one.</summary>
internal sealed record Collected(
    string Text, string Ids, string PromptIds, FinishReason? Finish, TokenUsage? Usage, BridgeFailure? Failure,
    FailureStage? Stage)
{
    public string Reasoning { get; init; } = "";

    public string Tools { get; init; } = "";

    public string Logprobs { get; init; } = "";

    public string? StopString { get; init; }

    public int? StopTokenId { get; init; }

    public string? Message { get; init; }

    /// <summary>Asks and collects, until the test is cancelled.</summary>
    public static async Task<Collected> OfAsync(IInferenceBackend backend, InferenceRequest request)
    {
        IAsyncEnumerable<InferenceChunk> chunks =
            backend.GenerateAsync(request, TestContext.Current.CancellationToken);
        List<string> tools = [];
        List<string> logprobs = [];
        List<int> ids = [];
        string text = "";
        string reasoning = "";
        GenerationStart? start = null;
        GenerationEnd? end = null;
        BridgeException? failure = null;
        try
        {
            await foreach (InferenceChunk chunk in chunks)
            {
                Assert.Null(end);
                // Only the first chunk has a start, and it has one.
                Assert.Equal(start is null, chunk.Start is not null);
                start ??= chunk.Start;
                end = chunk.End;
                text += chunk.Text;
                reasoning += chunk.Reasoning;
                ids.AddRange(chunk.TokenIds.Span);
                tools.AddRange(chunk.ToolCalls?.Select(call => call.ToString()) ?? []);
                logprobs.AddRange(chunk.Logprobs?.Select(Describe) ?? []);
            }
        }
        catch (BridgeException e)
        {
            failure = e;
        }

        Assert.True(end is not null || failure is not null, "The answer ended without an end.");
        Assert.Equal(failure is not null && start is not null, failure?.OutputCommitted ?? false);
        return new Collected(
            text, string.Join(',', ids), string.Join(',', start?.PromptTokenIds.ToArray() ?? []), end?.Reason,
            end?.Usage, failure?.Failure, failure?.Stage)
        {
            Reasoning = reasoning,
            Tools = string.Join('|', tools),
            Logprobs = string.Join('|', logprobs),
            StopString = end?.StopString,
            StopTokenId = end?.StopTokenId,
            Message = failure?.Message,
        };
    }

    internal static string Describe(TokenLogprob one) =>
        $"{one.TokenId}:{one.Token}:{one.Logprob:0.0000}[{string.Join(' ', one.Top.Select(Describe))}]";
}
