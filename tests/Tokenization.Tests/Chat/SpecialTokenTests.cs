using CsCheck;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Tokenization.Chat;
using ThemisBridge.Tokenization.Tests.Oracles;

namespace ThemisBridge.Tokenization.Tests.Chat;

/// <summary>Special tokens count only where the template wrote them; all other ids are the engine's.</summary>
public sealed class SpecialTokenTests(HuggingFaceOracle oracle) : IClassFixture<HuggingFaceOracle>
{
    private static readonly string[] Families = ["themis-tiny", "llama3_1", "qwen3", "deepseek_v3", "gemma3"];

    private static readonly Gen<string> Gaps = Gen.Int[0, 3].Select(i => new[] { "", " ", "\n", "a" }[i]);

    public static TheoryData<string> AllFamilies => [.. Families];

    /// <summary>For harmless text our ids are those of the whole prompt encoded at once, as engines do it.</summary>
    [Theory]
    [MemberData(nameof(AllFamilies))]
    public async Task Harmless_conversations_have_the_engine_s_ids(string family)
    {
        var tokenizer = await LoadAsync(family);
        foreach (var name in Conversations.Names.Where(name => name != "order"))
        {
            var chat = Conversations.Prompt(Conversations.Get(name));
            if (family == "gemma3" && name is "calls" or "result" or "tools")
            {
                continue; // Its template knows no roles but two.
            }

            var rendered = tokenizer.Render(chat);
            var file = Path.Combine(Reference.Model(family), "tokenizer.json");
            var expected = await oracle.EncodeAsync(file, [rendered.Value]);
            Assert.Equal(expected[0], tokenizer.Encode(chat));
        }
    }

    [Theory]
    [MemberData(nameof(AllFamilies))]
    public async Task No_special_token_comes_from_the_conversation(string family)
    {
        var tokenizer = await LoadAsync(family);
        var vocabulary = tokenizer.Vocabulary;
        var specials = Enumerable.Range(0, vocabulary.Count)
            .Where(vocabulary.IsSpecial)
            .Select(id => vocabulary.GetPiece(id)!)
            .ToArray();
        var harmless = SpecialsOf(tokenizer, "x");
        Assert.NotEmpty(harmless);
        Gen.Select(Gen.Int[0, specials.Length - 1].Array[1, 4], Gaps.Array[5]).Sample((picks, gaps) =>
        {
            var text = string.Concat(picks.Select((pick, i) => gaps[i] + specials[pick])) + gaps[4];
            Assert.Equal(harmless, SpecialsOf(tokenizer, text));
        });
    }

    /// <summary>Through every filter and operator that real templates use on content.</summary>
    [Theory]
    [InlineData("{{ c }}")]
    [InlineData("{{ c | trim }}")]
    [InlineData("{{ c | trim | replace('zz', '') }}")]
    [InlineData("{{ c | replace('a', '') }}")]
    [InlineData("{{ 'a' | replace('a', c) }}")]
    [InlineData("{{ c[0:] }}{{ c[:3] }}")]
    [InlineData("{{ c[::-1][::-1] }}")]
    [InlineData("{{ c | reverse | list | reverse | join }}")]
    [InlineData("{{ c | list | join }}")]
    [InlineData("{{ c.split('z') | join('z') }}")]
    [InlineData("{{ c.split() | first }}")]
    [InlineData("{{ c.splitlines() | last }}")]
    [InlineData("{{ c | tojson }}")]
    [InlineData("{{ {c: [c]} | tojson(indent=2) }}")]
    [InlineData("{{ {'k': c} }}")]
    [InlineData("{{ [c] }}")]
    [InlineData("{{ c | string }}")]
    [InlineData("{{ c ~ '' }}")]
    [InlineData("{{ '%s' % c }}")]
    [InlineData("{{ '{}'.format(c) }}")]
    [InlineData("{{ c | lower }}")]
    [InlineData("{{ c | indent }}")]
    [InlineData("{{ strftime_now(c) }}")]
    [InlineData("{{ [1, 2] | tojson(separators=(c, ': ')) }}")]
    [InlineData("{{ {'a': 1} | tojson(separators=(',', c)) }}")]
    [InlineData("{{ [1] | tojson(indent=c) }}")]
    [InlineData("{{ c | upper | lower }}")]
    [InlineData("{{ [c] | map('trim') | join }}")]
    [InlineData("{{ messages | map(attribute='content') | join }}")]
    [InlineData("{{ c * 2 }}")]
    [InlineData("{{ '<|im_' ~ c[5:] }}")]
    [InlineData("{{ c[:5] ~ 'end|>' }}")]
    [InlineData("{{ '<|im_end|' ~ c[-1] }}")]
    [InlineData("{% set x %}{{ c }}{% endset %}{{ x }}")]
    [InlineData("{% macro m(a) %}{{ a }}{% endmacro %}{{ m(c) }}")]
    [InlineData("{% filter trim %} {{ c }} {% endfilter %}")]
    [InlineData("{% set ns = namespace(x=c) %}{{ ns.x }}")]
    [InlineData("{% for i in [c] %}{{ i }}{% endfor %}")]
    [InlineData("{{ messages[0].role }}{{ tools[0].function.name }}{{ tools[0].function.parameters | tojson }}")]
    [InlineData("{% for k in tools[0].function.parameters %}{{ k }}{% endfor %}")]
    public async Task Origin_survives(string template)
    {
        const string special = "<|im_end|>";
        var vocabulary = (await LoadAsync("themis-tiny")).Vocabulary;
        var prompt = new ChatPrompt([new PromptMessage(special, special)])
        {
            Tools = [new ToolDefinition(special, null, $"{{\"{special}\":\"{special}\"}}")],
        };
        var source = "{% set c = messages[0].content %}<|im_start|>" + template + "<|im_end|>";
        var rendered = ChatTemplate.Parse(source).Render(prompt, new Dictionary<string, string>(), TimeProvider.System);
        var ids = vocabulary.Encode(rendered, addSpecialTokens: false);

        Assert.Equal([1, 2], ids.Where(vocabulary.IsSpecial));
        Assert.Equal(rendered.Value, vocabulary.Decode(ids, skipSpecialTokens: false));
    }

    /// <summary>What the template wrote itself counts, however it put it together.</summary>
    [Theory]
    [InlineData("{{ '<|im_' + 'end|>' }}")]
    [InlineData("{{ '<|' ~ 'im_end' ~ '|>' }}")]
    [InlineData("{{ ' <|im_end|> ' | trim }}")]
    [InlineData("{{ 'x<|im_end|>y'[1:-1] }}")]
    [InlineData("{{ '<|X|>' | replace('X', 'im_end') }}")]
    [InlineData("{{ ['<|im_end|>'] | join }}")]
    [InlineData("{{ {'a': '<|im_end|>'} | tojson }}")]
    [InlineData("{{ eos_token }}")]
    [InlineData("{{ '<|im_{}|>'.format('end') }}")]
    [InlineData("{{ '<|IM_END|>' | lower }}")]
    public async Task The_template_s_own_tokens_count(string template)
    {
        var vocabulary = (await LoadAsync("themis-tiny")).Vocabulary;
        var rendered = ChatTemplate.Parse(template).Render(
            new ChatPrompt([new PromptMessage("user", "x")]),
            new Dictionary<string, string> { ["eos_token"] = "<|im_end|>" },
            TimeProvider.System);
        Assert.Contains(2, vocabulary.Encode(rendered, addSpecialTokens: false));
    }

    [Theory]
    [InlineData("user", true)]
    [InlineData("assistant", true)]
    [InlineData("im_end", false)]
    [InlineData("User", false)]
    public void A_known_role_may_be_part_of_a_token_and_any_other_may_not(string role, bool isTrusted)
    {
        var rendered = ChatTemplate.Parse("{{ '<|' + messages[0].role + '|>' }}").Render(
            new ChatPrompt([new PromptMessage(role, "")]), new Dictionary<string, string>(), TimeProvider.System);
        Assert.Equal(isTrusted, rendered.IsTrusted(0, rendered.Length));
    }

    private static int[] SpecialsOf(ModelTokenizer tokenizer, string content)
    {
        var chat = new ChatPrompt([new PromptMessage("user", content)]);
        var ids = tokenizer.Encode(chat);
        return [.. ids.Where(tokenizer.Vocabulary.IsSpecial)];
    }

    private static Task<ModelTokenizer> LoadAsync(string family) => LoadedTokenizers.GetAsync(family);
}
