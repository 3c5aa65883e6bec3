using System.Text.Encodings.Web;
using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>Writes the JSON bodies of generations. What a caller left out is left out.</summary>
internal static class RequestBody
{
    // Valid JSON with non-ASCII text as it is: half the bytes of \u escapes.
    internal static readonly JsonWriterOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>The body for <c>/v1/completions</c> (text, ids) or <c>/v1/chat/completions</c> (chat).</summary>
    /// <param name="request">The request.</param>
    /// <param name="maxTokens">The token limit to send; null to leave it out.</param>
    /// <param name="dialect">How the server spells things.</param>
    public static PooledBuffer ForGeneration(InferenceRequest request, int? maxTokens, HttpDialect dialect) =>
        Write(json =>
        {
            json.WriteString("model"u8, request.Adapter ?? request.Model);
            switch (request.Prompt)
            {
                case TextPrompt text:
                    json.WriteString("prompt"u8, text.Text);
                    break;
                case TokenPrompt tokens:
                    WriteIds(json, "prompt"u8, tokens.TokenIds.Span);
                    break;
                case ChatPrompt chat:
                    ChatFields.Write(json, chat);
                    break;
            }

            WriteStream(json, request.Stream, dialect);
            WriteStreamInterval(json, request.Stream, dialect);
            if ((request.Output & (OutputParts.TokenIds | OutputParts.PromptTokenIds)) != 0)
            {
                json.WriteBoolean("return_token_ids"u8, true);
            }

            if (maxTokens is { } limit)
            {
                json.WriteNumber("max_tokens"u8, limit);
            }

            SamplingFields.Write(json, request.Sampling, dialect);
            WriteLogprobs(json, request);
            StructureFields.Write(json, request.StructuredOutput, dialect);
            WriteScheduling(json, request);
        });

    /// <summary>Writes one object.</summary>
    internal static PooledBuffer Write(Action<Utf8JsonWriter> fields)
    {
        var buffer = new PooledBuffer();
        try
        {
            using var json = new Utf8JsonWriter(buffer, Json);
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
            json.Flush();
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    internal static void WriteIds(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<int> ids)
    {
        json.WritePropertyName(name);
        WriteIdList(json, ids);
    }

    internal static void WriteIdList(Utf8JsonWriter json, ReadOnlySpan<int> ids)
    {
        json.WriteStartArray();
        foreach (int id in ids)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
    }

    // Usage comes always, by contract; a stream tells it only when asked.
    internal static void WriteStream(Utf8JsonWriter json, bool isStream, HttpDialect dialect)
    {
        if (isStream)
        {
            json.WriteBoolean("stream"u8, true);
            json.WriteStartObject("stream_options"u8);
            json.WriteBoolean("include_usage"u8, true);
            if (dialect.ContinuousUsage)
            {
                json.WriteBoolean("continuous_usage_stats"u8, true);
            }

            json.WriteEndObject();
        }
    }

    internal static void WriteStreamInterval(Utf8JsonWriter json, bool isStream, HttpDialect dialect)
    {
        if (isStream && dialect.StreamInterval is { } interval)
        {
            json.WriteNumber("stream_interval"u8, interval);
        }
    }

    private static void WriteLogprobs(Utf8JsonWriter json, InferenceRequest request)
    {
        if (request.Sampling.Logprobs is not { } count)
        {
            return;
        }

        if (request.Prompt is ChatPrompt)
        {
            json.WriteBoolean("logprobs"u8, true);
            json.WriteNumber("top_logprobs"u8, count);
        }
        else
        {
            json.WriteNumber("logprobs"u8, count);
        }
    }

    internal static void WriteScheduling(Utf8JsonWriter json, InferenceRequest request)
    {
        if (request.Priority != 0)
        {
            json.WriteNumber("priority"u8, request.Priority);
        }

        if (CacheSalt.Of(request) is { } salt)
        {
            json.WriteString("cache_salt"u8, salt);
        }
    }
}
