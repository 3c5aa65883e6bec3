using System.Text.Json;

namespace ThemisBridge.Tokenization.Files;

/// <summary>What <c>tokenizer_config.json</c> says that matters here.</summary>
internal sealed record TokenizerConfig
{
    public const string FileName = "tokenizer_config.json";

    private static readonly string[] TokenNames =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>For a model without the file.</summary>
    public static TokenizerConfig Absent { get; } = new();

    /// <summary>The special tokens under the names that templates know: <c>bos_token</c> and so on.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>The chat templates by name; the main one is <c>default</c>.</summary>
    public IReadOnlyDictionary<string, string> Templates { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether BOS comes before a text, where said.</summary>
    public bool? AddsBos { get; init; }

    /// <summary>Whether EOS comes after a text, where said.</summary>
    public bool? AddsEos { get; init; }

    public string? BosToken => SpecialTokens.GetValueOrDefault("bos_token");

    public string? EosToken => SpecialTokens.GetValueOrDefault("eos_token");

    public static TokenizerConfig Read(ReadOnlyMemory<byte> utf8)
    {
        var root = ModelJson.Parse(FileName, utf8);
        return new TokenizerConfig
        {
            SpecialTokens = ReadTokens(root),
            Templates = ReadTemplates(root.Get("chat_template")),
            AddsBos = root.Get("add_bos_token").IsNull ? null : root.GetBool("add_bos_token"),
            AddsEos = root.Get("add_eos_token").IsNull ? null : root.GetBool("add_eos_token"),
        };
    }

    /// <summary>A token is a string, or an object that has it as <c>content</c>.</summary>
    private static Dictionary<string, string> ReadTokens(ModelJson root)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in TokenNames)
        {
            var token = root.Get(name);
            if (!token.IsNull)
            {
                tokens[name] = token.Kind == JsonValueKind.Object ? token.GetString("content") : token.AsString();
            }
        }

        // Models that see or hear name more of them, for their templates alone.
        var extra = root.Get("extra_special_tokens");
        if (extra.Kind == JsonValueKind.Object)
        {
            foreach (var (name, value) in extra.Members())
            {
                tokens[name] = value.Kind == JsonValueKind.Object ? value.GetString("content") : value.AsString();
            }
        }

        return tokens;
    }

    private static Dictionary<string, string> ReadTemplates(ModelJson template)
    {
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        if (template.Kind == JsonValueKind.Array)
        {
            foreach (var named in template.Items())
            {
                templates[named.GetString("name")] = named.GetString("template");
            }
        }
        else if (!template.IsNull)
        {
            templates["default"] = template.AsString();
        }

        return templates;
    }
}
