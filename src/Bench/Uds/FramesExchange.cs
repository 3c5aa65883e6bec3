using System.Buffers;
using ThemisBridge.Bench.Baselines;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Bench.Uds;

/// <summary>The exchange that is measured: 512 ids in, 100 ids out in one piece.</summary>
internal static class FramesExchange
{
    /// <summary>Tokens that may be sent ahead, as the transport grants them by default.</summary>
    public const uint Window = 4096;

    /// <summary>
    /// How often the exchange runs while it is opened: a quick run's own warm-up is too short for the just-in-time
    /// compiler, which has far more of ours to compile than of a bare socket.
    /// </summary>
    public const int WarmUp = 3_000;

    private const int PromptTokens = 512;
    private const int AnswerTokens = 100;

    /// <summary>The step between neighbouring ids: it spreads them over a vocabulary of 128k.</summary>
    private const int IdStep = 251;

    /// <summary>What is asked.</summary>
    public static InferenceRequest Request { get; } = RequestOf(PromptTokens);

    /// <summary>The ids of the answer.</summary>
    public static int[] AnswerIds { get; } = [.. Enumerable.Range(0, AnswerTokens).Select(index => index * IdStep)];

    /// <summary>What the answer begins with.</summary>
    public static GenerationStart Start { get; } = new() { Model = Request.Model, Seed = 7 };

    /// <summary>What the answer ends with.</summary>
    public static GenerationEnd End { get; } =
        new(FinishReason.Length, new TokenUsage(PromptTokens, 0, AnswerTokens));

    /// <summary>How many bytes of frames the exchange takes in either direction.</summary>
    public static EchoSize Size { get; } = MeasureSize();

    /// <summary>A request with a prompt of so many ids.</summary>
    public static InferenceRequest RequestOf(int promptTokens) => new()
    {
        Model = "org/some-model-8b-instruct",
        Prompt = new TokenPrompt(Enumerable.Range(0, promptTokens).Select(index => index * IdStep % 128_000).ToArray()),
        Sampling = new SamplingOptions { MaxTokens = AnswerTokens, Temperature = 0 },
        Output = OutputParts.TokenIds,
    };

    /// <summary>How many bytes the REQUEST of such a prompt takes.</summary>
    public static int RequestBytes(int promptTokens)
    {
        var output = new ArrayBufferWriter<byte>();
        RequestWriter.Write(output, 1, RequestOf(promptTokens), Window);
        return output.WrittenCount;
    }

    /// <summary>Writes the frames of the answer.</summary>
    public static void WriteAnswer(IBufferWriter<byte> output, uint handle, StepBuilder steps)
    {
        AcceptedFrame.Write(output, handle, Start, "");
        steps.Add(handle, AnswerIds, "", []);
        steps.Flush(output);
        EndFrame.Write(output, handle, End);
    }

    /// <summary>Asks, and reads the answer to its end.</summary>
    /// <exception cref="IOException">The answer is not whole.</exception>
    public static async ValueTask RunAsync(IInferenceBackend backend, CancellationToken cancellationToken)
    {
        var tokens = 0;
        await foreach (var chunk in backend.GenerateAsync(Request, cancellationToken))
            tokens += chunk.TokenIds.Length;
        if (tokens != AnswerTokens)
            throw new IOException($"the answer has {tokens} ids instead of {AnswerTokens}");
    }

    private static EchoSize MeasureSize()
    {
        var answer = new ArrayBufferWriter<byte>();
        WriteAnswer(answer, 1, new StepBuilder(withLogprobs: false));
        return new EchoSize(RequestBytes(PromptTokens), answer.WrittenCount);
    }
}
