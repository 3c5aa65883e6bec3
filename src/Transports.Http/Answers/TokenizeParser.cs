using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Reads the answers of <c>/tokenize</c> and <c>/detokenize</c>.</summary>
internal static class TokenizeParser
{
    /// <exception cref="JsonException">It is no such answer.</exception>
    public static TokenizeResult ParseTokens(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8);
        Open(ref json);
        var ids = new TokenIdList();
        int? length = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref json, "tokens"u8))
            {
                json.Read();
                ids.Read(ref json);
            }
            else if (JsonText.Is(ref json, "max_model_len"u8))
            {
                json.Read();
                length = JsonText.ReadIntOrNull(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return ids.IsPresent
            ? new TokenizeResult(ids.Memory, length)
            : throw new JsonException("There are no 'tokens'.");
    }

    /// <exception cref="JsonException">It is no such answer.</exception>
    public static string ParseText(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8);
        Open(ref json);
        string? text = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref json, "prompt"u8))
            {
                json.Read();
                text = JsonText.ReadOrNull(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return text ?? throw new JsonException("There is no 'prompt'.");
    }

    private static void Open(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A JSON object was expected.");
        }
    }
}
