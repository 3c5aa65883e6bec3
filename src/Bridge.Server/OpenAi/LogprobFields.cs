using System.Globalization;
using System.Text;
using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Writes probabilities in the two shapes of OpenAI's faces.</summary>
internal static class LogprobFields
{
    /// <summary>Chat: a list of tokens, each with its likeliest alternatives.</summary>
    public static void WriteChat(Utf8JsonWriter json, JsonEncodedText name, IReadOnlyList<TokenLogprob>? logprobs)
    {
        if (logprobs is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteStartArray("content"u8);
        foreach (TokenLogprob token in logprobs)
        {
            json.WriteStartObject();
            WriteToken(json, token);
            json.WriteStartArray("top_logprobs"u8);
            foreach (TokenLogprob other in token.Top)
            {
                json.WriteStartObject();
                WriteToken(json, other);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Completions: parallel lists, with each token's offset in the text.</summary>
    /// <param name="json">Where to write.</param>
    /// <param name="name">The field's name.</param>
    /// <param name="logprobs">The tokens, or null.</param>
    /// <param name="textOffset">The offset of the first token; moved on behind the last.</param>
    public static void WriteCompletion(
        Utf8JsonWriter json, JsonEncodedText name, IReadOnlyList<TokenLogprob>? logprobs, ref int textOffset)
    {
        if (logprobs is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteStartArray("text_offset"u8);
        foreach (TokenLogprob token in logprobs)
        {
            json.WriteNumberValue(textOffset);
            textOffset += TextOf(token).Length;
        }

        json.WriteEndArray();
        json.WriteStartArray("token_logprobs"u8);
        foreach (TokenLogprob token in logprobs)
        {
            json.WriteNumberValue(Finite(token.Logprob));
        }

        json.WriteEndArray();
        json.WriteStartArray("tokens"u8);
        foreach (TokenLogprob token in logprobs)
        {
            json.WriteStringValue(TextOf(token));
        }

        json.WriteEndArray();
        json.WriteStartArray("top_logprobs"u8);
        foreach (TokenLogprob token in logprobs)
        {
            json.WriteStartObject();
            foreach (TokenLogprob other in token.Top)
            {
                json.WriteNumber(TextOf(other), Finite(other.Logprob));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter json, TokenLogprob token)
    {
        string text = TextOf(token);
        json.WriteString("token"u8, text);
        json.WriteNumber("logprob"u8, Finite(token.Logprob));
        json.WriteStartArray("bytes"u8);
        foreach (byte one in Encoding.UTF8.GetBytes(text))
        {
            json.WriteNumberValue(one);
        }

        json.WriteEndArray();
    }

    // JSON has no infinity; vLLM writes the same number for "impossible".
    private static float Finite(float logprob) => float.IsFinite(logprob) ? logprob : -9999.0f;

    // vLLM's own spelling of a token without text.
    private static string TextOf(TokenLogprob token) =>
        token.Token ?? string.Create(CultureInfo.InvariantCulture, $"token_id:{token.TokenId}");
}
