using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Writes <c>usage</c>. What is not known is null, never zero.</summary>
internal static class UsageFields
{
    public static void Write(Utf8JsonWriter json, TokenUsage usage)
    {
        json.WriteStartObject("usage"u8);
        Number(json, "prompt_tokens"u8, usage.PromptTokens);
        Number(json, "completion_tokens"u8, usage.CompletionTokens);
        Number(json, "total_tokens"u8, usage.PromptTokens + usage.CompletionTokens);
        if (usage.CachedTokens is { } cached)
        {
            json.WriteStartObject("prompt_tokens_details"u8);
            json.WriteNumber("cached_tokens"u8, cached);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
