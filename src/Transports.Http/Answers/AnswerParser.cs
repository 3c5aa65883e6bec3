using System.Text.Json;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>
/// Reads answers of <c>/v1/completions</c>, <c>/v1/chat/completions</c> and <c>/inference/v1/generate</c>, whole or as
/// events: they differ only in where a field stands. Unknown fields are skipped, fields of a wrong type are errors.
/// </summary>
internal static class AnswerParser
{
    /// <summary>Reads one JSON object into <paramref name="answer"/>, which is cleared first.</summary>
    /// <exception cref="JsonException">It is not JSON, or a field has a wrong type.</exception>
    public static void Parse(ReadOnlySpan<byte> utf8, AnswerEvent answer)
    {
        answer.Clear();
        if (answer.Prefix.Matches(utf8) && TryParseChoice(utf8[answer.Prefix.Length..], answer))
        {
            return;
        }

        answer.Clear();
        var json = new Utf8JsonReader(utf8);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A JSON object was expected.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            ReadProperty(ref json, answer);
        }

        // Bytes behind the object make the reader throw.
        json.Read();
        if (answer.ChoiceStart is { } start)
        {
            answer.Prefix.Learn(utf8[..start]);
        }
    }

    // The choice alone, when nothing but the end of the event follows it.
    private static bool TryParseChoice(ReadOnlySpan<byte> utf8, AnswerEvent answer)
    {
        if (utf8 is not [(byte)'{', ..])
        {
            return false;
        }

        var json = new Utf8JsonReader(utf8);
        json.Read();
        ChoiceParser.Read(ref json, answer);
        return utf8[(int)json.BytesConsumed..].SequenceEqual("]}"u8);
    }

    private static void ReadProperty(ref Utf8JsonReader json, AnswerEvent answer)
    {
        if (JsonText.Is(ref json, "choices"u8))
        {
            json.Read();
            ReadChoices(ref json, answer);
        }
        else if (JsonText.Is(ref json, "usage"u8))
        {
            json.Read();
            answer.Usage = UsageParser.Read(ref json);
        }
        else if (JsonText.Is(ref json, "prompt_token_ids"u8))
        {
            json.Read();
            ReadIds(ref json, answer, AnswerParts.PromptTokenIds, answer.PromptTokenIds);
        }
        else if (JsonText.Is(ref json, "id"u8) || JsonText.Is(ref json, "request_id"u8))
        {
            json.Read();
            answer.Id ??= JsonText.ReadOrNull(ref json);
        }
        else if (JsonText.Is(ref json, "model"u8))
        {
            json.Read();
            answer.Model ??= JsonText.ReadOrNull(ref json);
        }
        else if (JsonText.Is(ref json, "error"u8))
        {
            json.Read();
            answer.Error = json.TokenType == JsonTokenType.Null ? null : ErrorParser.Read(ref json);
        }
        else
        {
            json.Skip();
        }
    }

    private static void ReadChoices(ref Utf8JsonReader json, AnswerEvent answer)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("'choices' is not a list.");
        }

        int count = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (++count > 1)
            {
                throw new JsonException("There are several choices, but one was asked for.");
            }

            answer.ChoiceStart = (int)json.TokenStartIndex;
            ChoiceParser.Read(ref json, answer);
        }
    }

    /// <summary>Reads ids where they are wanted and skips them where not.</summary>
    internal static void ReadIds(ref Utf8JsonReader json, AnswerEvent answer, AnswerParts part, TokenIdList ids)
    {
        if ((answer.Parts & part) != 0)
        {
            ids.Read(ref json);
        }
        else
        {
            json.Skip();
        }
    }
}
