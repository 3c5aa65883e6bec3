using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>
/// Reads <c>logprobs</c> in both shapes: the parallel lists of <c>/v1/completions</c>, and the list <c>content</c> of
/// chat and of the token endpoint, whose entries have a <c>token</c> or a <c>token_id</c>.
/// </summary>
internal static class LogprobParser
{
    public static List<TokenLogprob>? Read(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("'logprobs' is not an object.");
        }

        List<TokenLogprob>? content = null;
        var lists = new LogprobLists();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref json, "content"u8))
            {
                json.Read();
                content = ReadContent(ref json);
            }
            else
            {
                lists.ReadProperty(ref json);
            }
        }

        return content ?? lists.ToEntries();
    }

    private static List<TokenLogprob>? ReadContent(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("'content' of 'logprobs' is not a list.");
        }

        List<TokenLogprob> entries = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            entries.Add(ReadEntry(ref json));
        }

        return entries;
    }

    private static TokenLogprob ReadEntry(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An entry of 'logprobs' is not an object.");
        }

        var entry = new TokenLogprob(null, null, 0);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref json, "token"u8))
            {
                json.Read();
                entry = entry with { Token = JsonText.ReadOrNull(ref json) };
            }
            else if (JsonText.Is(ref json, "token_id"u8))
            {
                json.Read();
                entry = entry with { TokenId = JsonText.ReadIntOrNull(ref json) };
            }
            else if (JsonText.Is(ref json, "logprob"u8))
            {
                json.Read();
                entry = entry with { Logprob = ReadNumber(ref json) };
            }
            else if (JsonText.Is(ref json, "top_logprobs"u8))
            {
                json.Read();
                entry = entry with { Top = ReadContent(ref json) ?? [] };
            }
            else
            {
                json.Skip();
            }
        }

        return entry;
    }

    /// <summary>A probability; servers write null where there is none.</summary>
    internal static float ReadNumber(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.Null => float.NaN,
        JsonTokenType.Number when json.TryGetSingle(out float value) => value,
        _ => throw new JsonException("A logarithm of a probability is not a number."),
    };
}
