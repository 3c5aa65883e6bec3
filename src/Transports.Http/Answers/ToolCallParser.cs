using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Reads <c>tool_calls</c>: pieces with an <c>index</c> in streams, whole calls without one in plain
/// answers.</summary>
internal static class ToolCallParser
{
    public static void Read(ref Utf8JsonReader json, AnswerEvent answer)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("'tool_calls' is not a list.");
        }

        int position = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            (answer.ToolCalls ??= []).Add(ReadCall(ref json, position++));
        }
    }

    private static ToolCallDelta ReadCall(ref Utf8JsonReader json, int position)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A tool call is not an object.");
        }

        var call = new ToolCallDelta(position, null, null, "");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref json, "index"u8))
            {
                json.Read();
                call = call with { Index = JsonText.ReadIntOrNull(ref json) ?? position };
            }
            else if (JsonText.Is(ref json, "id"u8))
            {
                json.Read();
                call = call with { Id = JsonText.ReadOrNull(ref json) };
            }
            else if (JsonText.Is(ref json, "function"u8))
            {
                json.Read();
                call = ReadFunction(ref json, call);
            }
            else
            {
                json.Skip();
            }
        }

        return call;
    }

    private static ToolCallDelta ReadFunction(ref Utf8JsonReader json, ToolCallDelta call)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return call;
        }

        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The function of a tool call is not an object.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref json, "name"u8))
            {
                json.Read();
                call = call with { Name = JsonText.ReadOrNull(ref json) };
            }
            else if (JsonText.Is(ref json, "arguments"u8))
            {
                json.Read();
                call = call with { Arguments = JsonText.ReadOrNull(ref json) ?? "" };
            }
            else
            {
                json.Skip();
            }
        }

        return call;
    }
}
