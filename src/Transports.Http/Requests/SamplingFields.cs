using System.Globalization;
using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>Writes <see cref="SamplingOptions"/>, all but the token limit and logprobs, in vLLM's spelling.</summary>
internal static class SamplingFields
{
    public static void Write(Utf8JsonWriter json, SamplingOptions options, HttpDialect dialect)
    {
        if (dialect.Server == HttpServerKind.OpenAI)
        {
            // What switches an option off asks for nothing, and OpenAI's server refuses fields that it does not know.
            options = options with { MinTokens = null, TopK = null, MinP = null, RepetitionPenalty = null };
        }

        Write(json, "min_tokens"u8, options.MinTokens);
        Write(json, "temperature"u8, options.Temperature);
        Write(json, "top_p"u8, options.TopP);
        // vLLM 0.32 knows 0 alone for "all"; -1 is the older spelling.
        Write(json, "top_k"u8, options.TopK is -1 ? 0 : options.TopK);
        Write(json, "min_p"u8, options.MinP);
        Write(json, "seed"u8, options.Seed);
        Write(json, "frequency_penalty"u8, options.FrequencyPenalty);
        Write(json, "presence_penalty"u8, options.PresencePenalty);
        Write(json, "repetition_penalty"u8, options.RepetitionPenalty);
        WriteLogitBias(json, options.LogitBias);
        WriteStops(json, options);
        WriteTrue(json, "ignore_eos"u8, options.IgnoreEos);
        WriteTrue(json, "include_stop_str_in_output"u8, options.IncludeStopInOutput);
        if (!options.SkipSpecialTokens)
        {
            json.WriteBoolean("skip_special_tokens"u8, false);
        }
    }

    private static void WriteStops(Utf8JsonWriter json, SamplingOptions options)
    {
        if (options.Stop.Count > 0)
        {
            json.WriteStartArray("stop"u8);
            foreach (string stop in options.Stop)
            {
                json.WriteStringValue(stop);
            }

            json.WriteEndArray();
        }

        if (options.StopTokenIds.Count > 0)
        {
            json.WriteStartArray("stop_token_ids"u8);
            foreach (int id in options.StopTokenIds)
            {
                json.WriteNumberValue(id);
            }

            json.WriteEndArray();
        }
    }

    private static void WriteLogitBias(Utf8JsonWriter json, IReadOnlyDictionary<int, float>? bias)
    {
        if (bias is not { Count: > 0 })
        {
            return;
        }

        json.WriteStartObject("logit_bias"u8);
        foreach ((int id, float value) in bias)
        {
            json.WriteNumber(id.ToString(CultureInfo.InvariantCulture), value);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } given)
        {
            json.WriteNumber(name, given);
        }
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } given)
        {
            json.WriteNumber(name, given);
        }
    }

    private static void WriteTrue(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool value)
    {
        if (value)
        {
            json.WriteBoolean(name, true);
        }
    }
}
