using System.Globalization;
using System.Text.Json.Nodes;
using ThemisBridge.Tokenization.Files;
using ThemisBridge.Tokenization.Tests.Oracles;
using ThemisBridge.Tokenization.Text;
using ThemisBridge.Tokenization.Vocabularies;
using ThemisBridge.Tokenization.Vocabularies.Reading;

namespace ThemisBridge.Tokenization.Tests.Vocabularies;

/// <summary>
/// The vocabulary GGUFs of llama.cpp's tree: against its expected ids, and against libllama on more texts.
/// </summary>
public sealed class LibllamaTests
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Spaces = @"\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string ByteLevelOnly = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""";
    private const string Gpt2 = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""";
    private const string DigitsThenGpt2 = $$"""
        {"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{{Gpt2}}]}
        """;

    private const string Gpt2Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)";

    /// <summary>What libllama takes where a file names no pre-tokenizer.</summary>
    private static readonly string Default = Split(@"[\p{P}\$\+<=>\^~\|]+", Gpt2Words, @"\p{N}+", "[0-9][0-9][0-9]");

    private static readonly Dictionary<string, string> PreTokenizers = new()
    {
        ["gpt-2"] = Gpt2,
        ["mpt"] = Gpt2,
        ["starcoder"] = DigitsThenGpt2,
        ["refact"] = DigitsThenGpt2,
        ["command-r"] = DigitsThenGpt2,
        ["gpt-neox"] = Default,
        ["aquila"] = Default,
        // The file spells hundreds of ranges: the cased letters of an older Unicode but those of mathematics.
        ["deepseek-llm"] = Split(
            @"[\r\n]",
            "\\s?[\\p{Lu}\\p{Ll}\\p{Lt}&&[^\U00010570-\U000105BC\U0001D400-\U0001D7FF]]+",
            @"\s?[!-/:-~！-／：-～‘-‟　-。]+", @"\s+$",
            "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+", @"\p{N}+"),
        ["deepseek-coder"] = Split(
            @"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+", @"\p{N}"),
        ["llama-bpe"] = Split(
            Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Spaces),
        ["qwen2"] = Split(
            Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Spaces),
        ["qwen35"] = Split(
            Contractions + @"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + Spaces),
    };

    public static TheoryData<string> Names => [.. PreTokenizers.Keys];

    /// <summary>Those beside which the tree has texts and their ids.</summary>
    public static TheoryData<string> Tried => [.. PreTokenizers.Keys.Where(name => File.Exists(PathOf(name) + ".out"))];

    [Theory]
    [MemberData(nameof(Tried))]
    public void Ids_equal_those_beside_the_vocabulary(string name)
    {
        var vocabulary = Load(name);
        var texts = File.ReadAllText(PathOf(name) + ".inp").Split("\n__ggml_vocab_test__\n")[..^1];
        var expected = File.ReadAllLines(PathOf(name) + ".out");
        Assert.Equal(expected.Length, texts.Length);
        for (var i = 0; i < texts.Length; i++)
        {
            var ids = expected[i].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture));
            Assert.Equal(ids, vocabulary.Encode(TracedText.Untrusted(texts[i]), addSpecialTokens: false));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_equal_libllama_s(string name)
    {
        var vocabulary = Load(name);
        using var libllama = new LibllamaVocabulary(PathOf(name));
        var differences = new List<string>();
        foreach (var text in SampleTexts.All)
        {
            foreach (var special in new[] { false, true })
            {
                // libllama takes tokens of these spellings for an end of text, whatever the vocabulary says.
                if (special && (text.Contains("</s>", StringComparison.Ordinal)
                    || (name == "aquila" && text.Contains("<|endoftext|>", StringComparison.Ordinal))))
                {
                    continue;
                }

                var traced = special ? TracedText.Trusted(text) : TracedText.Untrusted(text);
                var ids = vocabulary.Encode(traced, addSpecialTokens: false);
                if (!ids.AsSpan().SequenceEqual(libllama.Encode(text, special)))
                {
                    differences.Add($"{special}: <{text}>");
                }
            }
        }

        Assert.True(differences.Count == 0, $"{name}: {differences.Count}\n{string.Join('\n', differences.Take(5))}");
    }

    /// <summary>
    /// How an engine with a vocabulary of its own uses a finder: piece by piece, special tokens between.
    /// </summary>
    [Fact]
    public void A_finder_cuts_text_as_libllama_does()
    {
        using var libllama = new LibllamaVocabulary(PathOf("llama-bpe"));
        var vocabulary = Load("llama-bpe");
        var finder = new SpecialTokenFinder(Enumerable.Range(0, vocabulary.Count).Where(vocabulary.IsSpecial)
            .ToDictionary(id => vocabulary.GetPiece(id)!, id => id));
        foreach (var text in SampleTexts.All)
        {
            var traced = TracedText.Trusted(text);
            var ids = new List<int>();
            var position = 0;
            while (finder.TryFind(traced, position, out var id, out var start, out var length))
            {
                ids.AddRange([.. libllama.Encode(text[position..start], parseSpecial: false), id]);
                position = start + length;
            }

            ids.AddRange(libllama.Encode(text[position..], parseSpecial: false));
            Assert.Equal(libllama.Encode(text, parseSpecial: true), ids);
            Assert.False(finder.TryFind(TracedText.Untrusted(text), 0, out _, out _, out _));
        }
    }

    private static BpeVocabulary Load(string name)
    {
        var json = GgufVocabulary.Read(PathOf(name)).ToTokenizerJson(
            JsonNode.Parse(PreTokenizers[name])!, ignoresMerges: name == "llama-bpe");
        return TokenizerJson.Read(System.Text.Encoding.UTF8.GetBytes(json), TokenizerConfig.Absent);
    }

    private static string PathOf(string name) => Reference.Folder("llama.cpp", "models", $"ggml-vocab-{name}.gguf");

    private static string Split(params string[] patterns) => new JsonObject
    {
        ["type"] = "Sequence",
        ["pretokenizers"] = new JsonArray([.. patterns.Select(SplitStep), JsonNode.Parse(ByteLevelOnly)]),
    }.ToJsonString();

    private static JsonNode SplitStep(string pattern) => new JsonObject
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = pattern },
        ["behavior"] = "Isolated",
        ["invert"] = false,
    };
}
