using System.Text.Json.Nodes;

namespace ThemisBridge.Tokenization.Tests.Oracles;

/// <summary>Debian's python3-jinja2, set up as transformers does.</summary>
public sealed class JinjaOracle() : OracleProcess("/usr/bin/python3", "jinja.py", new Dictionary<string, string>())
{
    /// <summary>The time that templates are told.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 3, 7, 9, 5, 4, TimeSpan.Zero);

    /// <summary>What Jinja renders, or its error.</summary>
    public async Task<(string? Text, string? Error)> RenderAsync(string template, JsonObject variables)
    {
        var request = new JsonObject { ["variables"] = variables.DeepClone() };
        var answer = await AskAsync(Request(template, mutable: false, request));
        return ((string?)answer["text"], (string?)answer["error"]);
    }

    /// <summary>The prompt that Jinja makes of a conversation in OpenAI's form, or its error.</summary>
    public async Task<(string? Text, string? Error)> RenderChatAsync(
        string template, JsonObject chat, IReadOnlyDictionary<string, string> tokens, bool mutable)
    {
        var answer = await AskAsync(Request(template, mutable, new JsonObject
        {
            ["chat"] = chat.DeepClone(),
            ["tokens"] = new JsonObject(tokens.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        }));
        return ((string?)answer["text"], (string?)answer["error"]);
    }

    private static JsonObject Request(string template, bool mutable, JsonObject request)
    {
        request["template"] = template;
        request["mutable"] = mutable;
        request["now"] = Now.ToString("yyyy-MM-ddTHH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        return request;
    }
}
