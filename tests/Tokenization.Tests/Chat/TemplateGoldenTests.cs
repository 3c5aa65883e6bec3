using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Chat;
using ThemisBridge.Tokenization.Tests.Oracles;

namespace ThemisBridge.Tokenization.Tests.Chat;

/// <summary>
/// The templates that models carry, on all conversations, character for character against Jinja itself.
/// </summary>
public sealed class TemplateGoldenTests(JinjaOracle oracle) : IClassFixture<JinjaOracle>
{
    private const string ConfigPrefix = "tokenizer_config of ";

    private static readonly string[] ConfigFamilies = ["llama3_1", "qwen3", "deepseek_v3", "gemma3", "themis-tiny"];

    /// <summary>
    /// Templates that need what llama.cpp has and transformers has not: lists that change, and <c>from_json</c>.
    /// </summary>
    private static readonly HashSet<string> Mutable = ["Kimi-K2-Instruct", "Kimi-K2-Thinking"];

    /// <summary>
    /// Templates that fail on every conversation, in Jinja too: they want tools with a member that ours lack, and the
    /// variable <c>functions</c>, which neither transformers nor vLLM gives.
    /// </summary>
    private static readonly string[] Refusing =
        ["CohereForAI-c4ai-command-r-plus-tool_use", "fireworks-ai-llama-3-firefunction-v2"];

    private static readonly Dictionary<string, string> Tokens = new()
    {
        ["bos_token"] = "<bos>",
        ["eos_token"] = "<eos>",
    };

    public static TheoryData<string> Templates => [.. AllTemplates()];

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task Prompts_equal_jinja_s(string name)
    {
        var source = Source(name);
        foreach (var conversation in Conversations.Names)
        {
            var chat = Conversations.Get(conversation);
            var (expected, error) = await oracle.RenderChatAsync(source, chat, Tokens, Mutable.Contains(name));
            var (actual, failure) = Render(source, chat);
            var both = $"{name}, {conversation}: expected {error ?? expected}\nfound {failure ?? actual}";
            Assert.True(Expected(name, expected, error, actual) == actual, both);
            var raises = error?.StartsWith("TemplateError", StringComparison.Ordinal) ?? false;
            Assert.True(actual is not null || failure!.Contains("it says: ", StringComparison.Ordinal) == raises, both);
        }
    }

    /// <summary>Two failures are equal as well, so this counts that most cases end in text.</summary>
    [Fact]
    public void Most_cases_render_text()
    {
        var rendered = AllTemplates().ToDictionary(name => name, name => Conversations.Names.Count(conversation =>
            Render(Source(name), Conversations.Get(conversation)).Text is not null));
        Assert.Equal(Refusing, rendered.Where(pair => pair.Value == 0).Select(pair => pair.Key));
        Assert.InRange(rendered.Values.Sum(), 500, int.MaxValue);
    }

    /// <summary>What to expect where ours differs on purpose; docs/tokenization.md says so too.</summary>
    private static string? Expected(string name, string? expected, string? error, string? actual) => name switch
    {
        // Jinja escapes for HTML what is added to the result of 'safe'; ours leaves text as it is.
        "meetkai-functionary-medium-v3.1"
            when WebUtility.HtmlDecode(expected) == WebUtility.HtmlDecode(actual) => actual,

        // Jinja's 'map' gives a generator, of which 'tojson' makes nothing; ours gives a list, as llama.cpp's does.
        "llama-cpp-deepseek-r1" when error == "TypeError: Object of type generator is not JSON serializable" => actual,
        _ => expected,
    };

    private static (string? Text, string? Failure) Render(string source, JsonObject chat)
    {
        try
        {
            var clock = new FakeTimeProvider(JinjaOracle.Now);
            return (ChatTemplate.Parse(source).Render(Conversations.Prompt(chat), Tokens, clock).Value, null);
        }
        catch (BridgeException exception)
        {
            return (null, exception.Message);
        }
    }

    private static IEnumerable<string> AllTemplates() => Directory
        .EnumerateFiles(Reference.Folder("llama.cpp", "models", "templates"), "*.jinja")
        .Select(path => Path.GetFileNameWithoutExtension(path))
        .Order(StringComparer.Ordinal)
        .Concat(ConfigFamilies.Select(family => ConfigPrefix + family));

    private static string Source(string name)
    {
        if (!name.StartsWith(ConfigPrefix, StringComparison.Ordinal))
        {
            return File.ReadAllText(Reference.Folder("llama.cpp", "models", "templates", name + ".jinja"));
        }

        var path = Path.Combine(Reference.Model(name[ConfigPrefix.Length..]), "tokenizer_config.json");
        using var config = JsonDocument.Parse(File.ReadAllBytes(path));
        return config.RootElement.GetProperty("chat_template").GetString()!;
    }
}
