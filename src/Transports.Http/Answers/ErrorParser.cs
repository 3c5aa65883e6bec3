using System.Globalization;
using System.Text.Json;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>
/// Reads errors in every shape that vLLM 0.32 and its kin use: <c>{"error":{…}}</c>, <c>{"error":"text"}</c> (a missing
/// key), <c>{"detail":…}</c> (routes and undecodable bodies), <c>{"type":"error","error":{…}}</c> (Anthropic's route),
/// and the older <c>{"object":"error","message":…}</c>; anything else is no more than its status.
/// </summary>
internal static class ErrorParser
{
    /// <summary>Reads the body of a response that is no success.</summary>
    /// <param name="utf8">The body, perhaps only its beginning.</param>
    /// <param name="status">The response's status.</param>
    /// <param name="isWhole">Whether it is all of it.</param>
    public static ServerError ParseBody(ReadOnlySpan<byte> utf8, int status, bool isWhole = true)
    {
        if (!isWhole && utf8.TrimStart(" \r\n\t"u8).StartsWith("{"u8))
        {
            // A schema error repeats the request: JSON about the request, whatever the rest of it says.
            return new ServerError(status, $"status {status}, with more text than is read");
        }

        try
        {
            var json = new Utf8JsonReader(utf8);
            if (json.Read() && json.TokenType == JsonTokenType.StartObject)
            {
                ServerError error = ReadBody(ref json);
                // How llama-server words a route that it does not have.
                bool isRoute = error is { Type: "not_found_error", Message: "File Not Found" };
                return error with { Status = error.Status ?? status, IsAboutRoute = error.IsAboutRoute || isRoute };
            }
        }
        catch (JsonException)
        {
            // A proxy's page, a parser's text, or nothing: the status must do.
        }

        return new ServerError(status, "") { IsAboutRoute = true };
    }

    /// <summary>Reads the value of <c>error</c>, on which the reader stands.</summary>
    public static ServerError Read(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.StartObject => ReadFields(ref json),
        JsonTokenType.String => new ServerError(null, JsonText.ReadOrNull(ref json) ?? ""),
        _ => throw new JsonException("'error' is neither an object nor a string."),
    };

    private static ServerError ReadBody(ref Utf8JsonReader json)
    {
        ServerError? nested = null;
        var flat = new ServerError(null, "") { IsAboutRoute = true };
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref json, "error"u8))
            {
                json.Read();
                nested = Read(ref json);
            }
            else if (JsonText.Is(ref json, "detail"u8))
            {
                json.Read();
                flat = flat with { Message = ReadLoosely(ref json) };
            }
            else
            {
                flat = ReadField(ref json, flat);
            }
        }

        // The older shape has its message at the top, and then it is about the request.
        return nested ?? (flat.Type is null ? flat : flat with { IsAboutRoute = false });
    }

    private static ServerError ReadFields(ref Utf8JsonReader json)
    {
        var error = new ServerError(null, "");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            error = ReadField(ref json, error);
        }

        return error;
    }

    private static ServerError ReadField(ref Utf8JsonReader json, ServerError error)
    {
        if (JsonText.Is(ref json, "message"u8))
        {
            json.Read();
            return error with { Message = ReadLoosely(ref json) };
        }

        if (JsonText.Is(ref json, "type"u8))
        {
            json.Read();
            return error with { Type = ReadLoosely(ref json) };
        }

        if (JsonText.Is(ref json, "param"u8))
        {
            json.Read();
            return error with { Param = json.TokenType == JsonTokenType.Null ? null : ReadLoosely(ref json) };
        }

        if (JsonText.Is(ref json, "code"u8))
        {
            json.Read();
            return ReadCode(ref json, error);
        }

        json.Skip();
        return error;
    }

    // vLLM's code is the status as a number; others write it as text, or a word such as "context_length_exceeded".
    private static ServerError ReadCode(ref Utf8JsonReader json, ServerError error)
    {
        if (json.TokenType == JsonTokenType.Number && json.TryGetInt32(out int number))
        {
            return error with { Status = number };
        }

        string text = ReadLoosely(ref json);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int status)
            ? error with { Status = status }
            : text.Length > 0 ? error with { Type = text } : error;
    }

    // An error must never become another error because one of its fields has an odd type.
    private static string ReadLoosely(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.String)
        {
            return JsonText.ReadOrNull(ref json) ?? "";
        }

        json.Skip();
        return "";
    }
}
