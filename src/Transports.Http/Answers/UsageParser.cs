using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Reads <c>usage</c>. What the server does not say stays null.</summary>
internal static class UsageParser
{
    public static TokenUsage? Read(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        var usage = new TokenUsage(null, null, null);
        Expect(ref json);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref json, "prompt_tokens"u8))
            {
                json.Read();
                usage = usage with { PromptTokens = JsonText.ReadIntOrNull(ref json) };
            }
            else if (JsonText.Is(ref json, "completion_tokens"u8))
            {
                json.Read();
                usage = usage with { CompletionTokens = JsonText.ReadIntOrNull(ref json) };
            }
            else if (JsonText.Is(ref json, "prompt_tokens_details"u8))
            {
                json.Read();
                usage = usage with { CachedTokens = ReadCached(ref json) };
            }
            else
            {
                json.Skip();
            }
        }

        return usage;
    }

    private static int? ReadCached(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        int? cached = null;
        Expect(ref json);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool wanted = JsonText.Is(ref json, "cached_tokens"u8);
            json.Read();
            if (wanted)
            {
                cached = JsonText.ReadIntOrNull(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return cached;
    }

    private static void Expect(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("'usage' is not an object.");
        }
    }
}
