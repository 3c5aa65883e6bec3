using ThemisBridge.Core.Contracts;

namespace ThemisBridge.NativeFallback.Tests;

/// <summary>Requests and whole answers in a few words.</summary>
internal static class Requests
{
    public static readonly SamplingOptions Greedy = new() { Temperature = 0 };

    public static InferenceRequest Ask(string question) => new()
    {
        Model = TinyEngine.Q8,
        Prompt = new ChatPrompt([new PromptMessage("user", question)]),
        Sampling = Greedy,
        Output = OutputParts.Text | OutputParts.TokenIds,
    };

    public static InferenceRequest Ask(Question question) => Ask(question.Text);

    /// <summary>A request that goes on until the context ends.</summary>
    public static InferenceRequest Endless(OutputParts output = OutputParts.TokenIds) => Ask(Question.First) with
    {
        Sampling = Greedy with { IgnoreEos = true },
        Output = output,
    };

    /// <summary>Reads an answer to its end.</summary>
    public static async Task<InferenceResult> CompleteAsync(
        this NativeBackend backend, InferenceRequest request, CancellationToken cancellationToken = default)
    {
        GenerationStart? start = null;
        GenerationEnd? end = null;
        List<string> texts = [];
        List<int> ids = [];
        List<TokenLogprob> logprobs = [];
        await foreach (InferenceChunk chunk in backend.GenerateAsync(request, cancellationToken))
        {
            Assert.Null(end);
            Assert.Equal(start is null, chunk.Start is not null);
            start ??= chunk.Start;
            end = chunk.End;
            texts.Add(chunk.Text ?? "");
            ids.AddRange(chunk.TokenIds.Span);
            logprobs.AddRange(chunk.Logprobs ?? []);
        }

        Assert.NotNull(start);
        Assert.NotNull(end);
        return new InferenceResult { Start = start, End = end, Text = string.Concat(texts), TokenIds = ids,
            Logprobs = logprobs };
    }
}
