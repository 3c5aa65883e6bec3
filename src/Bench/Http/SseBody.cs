using System.Text;
using System.Text.Json;

namespace ThemisBridge.Bench.Http;

/// <summary>A streamed completion as vLLM 0.32 sends it, one event per token.</summary>
internal static class SseBody
{
    private const int Vocabulary = 128_000;

    /// <summary>A whole stream.</summary>
    /// <param name="tokens">Its tokens, at least 1.</param>
    public static byte[] Of(int tokens)
    {
        var text = new StringBuilder();
        for (var i = 0; i < tokens; i++)
            text.Append("data: ").Append(EventOf(i % Vocabulary, isLast: i == tokens - 1)).Append("\n\n");
        text.Append("data: ").Append(UsageOf(tokens)).Append("\n\ndata: [DONE]\n\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string UsageOf(int tokens) => JsonSerializer.Serialize(new
    {
        id = "cmpl-b630fa2f45885ce4",
        @object = "text_completion",
        created = 1_700_000_000,
        model = Completion.Request.Model,
        choices = Array.Empty<object>(),
        usage = new { prompt_tokens = 512, total_tokens = 512 + tokens, completion_tokens = tokens },
    });

    private static string EventOf(int id, bool isLast) => JsonSerializer.Serialize(new
    {
        id = "cmpl-b630fa2f45885ce4",
        @object = "text_completion",
        created = 1_700_000_000,
        model = Completion.Request.Model,
        choices = new[]
        {
            new
            {
                index = 0,
                text = " token",
                logprobs = (object?)null,
                finish_reason = isLast ? "length" : null,
                stop_reason = (object?)null,
                prompt_token_ids = (object?)null,
                token_ids = new[] { id },
            },
        },
    });
}
