using System.Text.Json;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Reads one entry of <c>choices</c>, with its <c>text</c>, <c>delta</c> or <c>message</c>.</summary>
internal static class ChoiceParser
{
    public static void Read(ref Utf8JsonReader json, AnswerEvent answer)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A choice is not an object.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            ReadProperty(ref json, answer);
        }
    }

    private static void ReadProperty(ref Utf8JsonReader json, AnswerEvent answer)
    {
        if (JsonText.Is(ref json, "text"u8))
        {
            json.Read();
            ReadText(ref json, answer);
        }
        else if (JsonText.Is(ref json, "delta"u8) || JsonText.Is(ref json, "message"u8))
        {
            json.Read();
            ReadMessage(ref json, answer);
        }
        else if (JsonText.Is(ref json, "token_ids"u8))
        {
            json.Read();
            AnswerParser.ReadIds(ref json, answer, AnswerParts.TokenIds, answer.TokenIds);
        }
        else if (JsonText.Is(ref json, "prompt_token_ids"u8))
        {
            json.Read();
            AnswerParser.ReadIds(ref json, answer, AnswerParts.PromptTokenIds, answer.PromptTokenIds);
        }
        else if (JsonText.Is(ref json, "finish_reason"u8))
        {
            json.Read();
            answer.FinishReason = ReadFinishReason(ref json);
        }
        else if (JsonText.Is(ref json, "stop_reason"u8))
        {
            json.Read();
            ReadStopReason(ref json, answer);
        }
        else if (JsonText.Is(ref json, "logprobs"u8) && (answer.Parts & AnswerParts.Logprobs) != 0)
        {
            json.Read();
            answer.Logprobs = LogprobParser.Read(ref json);
        }
        else if (JsonText.Is(ref json, "index"u8))
        {
            json.Read();
            if (JsonText.ReadIntOrNull(ref json) is not (null or 0))
            {
                throw new JsonException("There are several choices, but one was asked for.");
            }
        }
        else
        {
            json.Skip();
        }
    }

    private static void ReadText(ref Utf8JsonReader json, AnswerEvent answer)
    {
        if (json.TokenType == JsonTokenType.String && !json.ValueSpan.IsEmpty)
        {
            answer.HasText = true;
            answer.Text = (answer.Parts & AnswerParts.Text) != 0 ? JsonText.ReadOrNull(ref json) : null;
        }
        else if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            throw new JsonException("The text of a choice is not a string.");
        }
    }

    private static void ReadMessage(ref Utf8JsonReader json, AnswerEvent answer)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The message of a choice is not an object.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref json, "content"u8))
            {
                json.Read();
                ReadText(ref json, answer);
            }
            else if (JsonText.Is(ref json, "reasoning"u8) || JsonText.Is(ref json, "reasoning_content"u8))
            {
                // Servers of a transition time send both names with the same content.
                json.Read();
                ReadReasoning(ref json, answer);
            }
            else if (JsonText.Is(ref json, "tool_calls"u8))
            {
                json.Read();
                ToolCallParser.Read(ref json, answer);
            }
            else
            {
                json.Skip();
            }
        }
    }

    private static void ReadReasoning(ref Utf8JsonReader json, AnswerEvent answer)
    {
        if (json.TokenType == JsonTokenType.String && !json.ValueSpan.IsEmpty)
        {
            answer.HasText = true;
            answer.Reasoning = (answer.Parts & AnswerParts.Text) != 0 ? JsonText.ReadOrNull(ref json) : null;
        }
        else if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            throw new JsonException("The reasoning of a choice is not a string.");
        }
    }

    // The ordinary words without a new string for each answer.
    private static string? ReadFinishReason(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.String)
        {
            if (JsonText.Is(ref json, "stop"u8))
            {
                return "stop";
            }

            if (JsonText.Is(ref json, "length"u8))
            {
                return "length";
            }
        }

        return JsonText.ReadOrNull(ref json);
    }

    private static void ReadStopReason(ref Utf8JsonReader json, AnswerEvent answer)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Number:
                answer.StopTokenId = JsonText.ReadIntOrNull(ref json);
                break;
            case JsonTokenType.String:
                answer.StopString = JsonText.ReadOrNull(ref json);
                break;
            default:
                json.Skip();
                break;
        }
    }
}
