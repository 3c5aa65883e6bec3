using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Reads strings with the one exception that the callers expect.</summary>
internal static class JsonText
{
    /// <summary>Whether the string or property name that the reader stands on is this one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(ref Utf8JsonReader json, ReadOnlySpan<byte> text) =>
        json.ValueIsEscaped ? json.ValueTextEquals(text) : json.ValueSpan.SequenceEqual(text);

    /// <summary>The string, or null for null.</summary>
    /// <exception cref="JsonException">It is something else, or not valid UTF-8.</exception>
    public static string? ReadOrNull(ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String when json.ValueSpan.IsEmpty:
                return "";
            case JsonTokenType.String:
                return ReadName(ref json);
            default:
                throw new JsonException("A string was expected.");
        }
    }

    /// <summary>The string or property name that the reader stands on.</summary>
    /// <exception cref="JsonException">It is not valid UTF-8.</exception>
    public static string ReadName(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string is not valid Unicode.", e);
        }
    }

    /// <summary>The whole number, or null for null.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static int? ReadIntOrNull(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        return json.TokenType == JsonTokenType.Number && json.TryGetInt32(out int value)
            ? value
            : throw new JsonException("A whole number was expected.");
    }
}
