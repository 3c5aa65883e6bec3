using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Cli.Output;

/// <summary>Prints an answer as one JSON object.</summary>
internal static class JsonAnswer
{
    public static async Task<int> PrintAsync(
        IThemisBridge bridge, InferenceRequest request, Terminal terminal, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        long started = time.GetTimestamp();
        TimeSpan? first = null;
        var answer = new AnswerBuilder();
        await foreach (InferenceChunk chunk in bridge.GenerateAsync(request, cancellationToken))
        {
            first ??= time.GetElapsedTime(started);
            answer.Add(chunk);
        }

        InferenceResult result = answer.Build("bridge");
        var document = new AnswerDocument(
            result.Text,
            result.Start.Model,
            result.Start.Engine,
            result.Start.Transport,
            JsonNamingPolicy.SnakeCaseLower.ConvertName(result.End.Reason.ToString()),
            new UsageDocument(result.End.Usage.PromptTokens, result.End.Usage.CachedTokens,
                result.End.Usage.CompletionTokens),
            new TimingsDocument(first!.Value.TotalMilliseconds, time.GetElapsedTime(started).TotalMilliseconds),
            [.. result.Start.Attempts.Select(AttemptDocument.From)]);
        await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(document, CliJson.Default.AnswerDocument));
        return ExitCodes.Ok;
    }
}
