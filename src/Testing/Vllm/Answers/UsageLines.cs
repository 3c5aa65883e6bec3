using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Answers;

/// <summary>Usage, per-request metrics and fingerprint as the Python front end spells them.</summary>
internal sealed class UsageLines(VllmServer server, GenerationCall call)
{
    public string Fingerprint { get; } = $"vllm-{server.Options.Version}-3bae1277";

    /// <summary>The usage of a whole answer, nulls written out.</summary>
    public JsonLine Whole(JsonLine line, IReadOnlyList<Sequence> sequences)
    {
        Counts(line.Name("usage").Open(), sequences);
        if (server.Options.EnablePromptTokensDetails)
        {
            line.Name("prompt_tokens_details").Open().Field("cached_tokens", CachedOf(sequences))
                .Field("created_cache_tokens", call.Kind == CallKind.Chat ? 0 : null).Null("multimodal_tokens").Close();
        }
        else
        {
            line.Null("prompt_tokens_details");
        }

        return line.Null("completion_tokens_details").Close();
    }

    /// <summary>The usage in the last event of a stream.</summary>
    public JsonLine Last(JsonLine line, IReadOnlyList<Sequence> sequences)
    {
        Counts(line.Name("usage").Open(), sequences);
        if (server.Options.EnablePromptTokensDetails)
        {
            line.Name("prompt_tokens_details").Open().Field("cached_tokens", CachedOf(sequences)).Close();
        }

        return line.Close();
    }

    /// <summary>The counts so far.</summary>
    public static JsonLine Counts(JsonLine line, params IReadOnlyList<Sequence> sequences)
    {
        int prompt = sequences.Where(sequence => sequence.Number == 0).Sum(sequence => sequence.PromptTokens);
        if (prompt == 0)
        {
            prompt = sequences[0].PromptTokens;
        }

        int generated = sequences.Sum(sequence => sequence.Generated);
        return line.Field("prompt_tokens", prompt).Field("total_tokens", prompt + generated)
            .Field("completion_tokens", generated);
    }

    /// <summary>The metrics of an answer; null where the flag is off.</summary>
    public JsonLine Metrics(JsonLine line, Sequence sequence, bool isWhole)
    {
        if (!server.Options.EnablePerRequestMetrics)
        {
            return isWhole ? line.Null("metrics") : line;
        }

        (long arrived, long admitted, long first, long last) = sequence.Times;
        double Between(long from, long to) => server.Options.Time.GetElapsedTime(from, to).TotalMilliseconds;
        double generation = Between(first, last);
        double whole = Between(arrived, last);
        line.Name("metrics").Open().Name("time_to_first_token_ms").Raw(NumberText.Python(Between(arrived, first)))
            .Name("generation_time_ms").Raw(NumberText.Python(generation))
            .Name("queue_time_ms").Raw(NumberText.Python(Between(arrived, admitted)));
        line.Name("mean_itl_ms")
            .Raw(sequence.Generated > 1 ? NumberText.Python(generation / (sequence.Generated - 1)) : "null");
        line.Name("tokens_per_second")
            .Raw(whole > 0 ? NumberText.Python(sequence.Generated * 1000 / whole) : "null");
        return (isWhole ? line.Null("speculative_decoding") : line).Close();
    }

    private static int CachedOf(IReadOnlyList<Sequence> sequences) =>
        sequences.Where(sequence => sequence.Number == 0).Sum(sequence => sequence.Prompt.Cached);
}
