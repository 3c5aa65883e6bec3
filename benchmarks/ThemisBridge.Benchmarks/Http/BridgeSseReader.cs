using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Failures;

namespace ThemisBridge.Benchmarks.Http;

/// <summary>The same work by the HTTP transport.</summary>
internal static class BridgeSseReader
{
    public static async Task<long> ReadAsync(Stream stream, OutputParts output)
    {
        var request = new InferenceRequest { Model = "m", Prompt = new TextPrompt("p"), Output = output };
        var assembler = new AnswerAssembler(request, new FailureContext("b/http", "/v1/completions"));
        using var answer = new GenerationStream(stream, stream, true, assembler, 1 << 20, TimeProvider.System);
        long sum = 0;
        while (await answer.MoveNextAsync(CancellationToken.None))
        {
            InferenceChunk chunk = answer.Current;
            sum += chunk.Text?.Length ?? 0;
            foreach (int id in chunk.TokenIds.Span)
            {
                sum += id;
            }
        }

        return sum;
    }
}
