using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>The lists <c>tokens</c>, <c>token_logprobs</c> and <c>top_logprobs</c> of <c>/v1/completions</c>, one entry
/// per token each, in whatever order they come.</summary>
internal sealed class LogprobLists
{
    private readonly List<string> _tokens = [];
    private readonly List<float> _logprobs = [];
    private readonly List<IReadOnlyList<TokenLogprob>> _top = [];

    public void ReadProperty(ref Utf8JsonReader json)
    {
        if (JsonText.Is(ref json, "tokens"u8))
        {
            bool isList = Open(ref json);
            while (isList && json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                _tokens.Add(JsonText.ReadOrNull(ref json) ?? "");
            }
        }
        else if (JsonText.Is(ref json, "token_logprobs"u8))
        {
            bool isList = Open(ref json);
            while (isList && json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                _logprobs.Add(LogprobParser.ReadNumber(ref json));
            }
        }
        else if (JsonText.Is(ref json, "top_logprobs"u8))
        {
            bool isList = Open(ref json);
            while (isList && json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                _top.Add(ReadTop(ref json));
            }
        }
        else
        {
            json.Skip();
        }
    }

    public List<TokenLogprob> ToEntries()
    {
        if (_tokens.Count != _logprobs.Count)
        {
            throw new JsonException("'tokens' and 'token_logprobs' have different lengths.");
        }

        List<TokenLogprob> entries = new(_tokens.Count);
        for (int i = 0; i < _tokens.Count; i++)
        {
            entries.Add(new TokenLogprob(null, _tokens[i], _logprobs[i]) { Top = i < _top.Count ? _top[i] : [] });
        }

        return entries;
    }

    private static bool Open(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType switch
        {
            JsonTokenType.StartArray => true,
            JsonTokenType.Null => false,
            _ => throw new JsonException("A list inside 'logprobs' is not a list."),
        };
    }

    private static List<TokenLogprob> ReadTop(ref Utf8JsonReader json)
    {
        List<TokenLogprob> top = [];
        if (json.TokenType == JsonTokenType.Null)
        {
            return top;
        }

        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An entry of 'top_logprobs' is not an object.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string token = JsonText.ReadName(ref json);
            json.Read();
            top.Add(new TokenLogprob(null, token, LogprobParser.ReadNumber(ref json)));
        }

        return top;
    }
}
