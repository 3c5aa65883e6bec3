using System.Text;
using System.Text.Json.Nodes;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Files;
using ThemisBridge.Tokenization.Vocabularies.Reading;

namespace ThemisBridge.Tokenization.Tests.Vocabularies;

/// <summary>Broken and hostile tokenizer.json files: one clear error each, that names the file and the place.</summary>
public sealed class BrokenTokenizerTests
{
    private static readonly byte[] Good =
        File.ReadAllBytes(Path.Combine(Reference.Model("themis-tiny"), "tokenizer.json"));

    private static readonly Dictionary<string, (Action<JsonObject> Damage, string Says)> Damages = new()
    {
        ["duplicate ids"] = (root => root["model"]!["vocab"]!["!"] = 5, "the id 5 is given to two pieces"),
        ["negative id"] = (root => root["model"]!["vocab"]!["!"] = -1, "a token id from 0"),
        ["huge id"] = (root => root["model"]!["vocab"]!["!"] = int.MaxValue, "a token id from 0"),
        ["broken id"] = (root => root["model"]!["vocab"]!["!"] = 1.5, "a token id from 0"),
        ["id as text"] = (root => root["model"]!["vocab"]!["!"] = "5", "a token id from 0"),
        ["empty piece"] = (root => root["model"]!["vocab"]![""] = 2000, "an empty piece"),
        ["no pieces"] = (root => root["model"]!["vocab"] = new JsonObject(), "no pieces"),
        ["no vocab"] = (root => root["model"]!.AsObject().Remove("vocab"), "model.vocab: Object is expected, nothing"),
        ["no model"] = (root => root.Remove("model"), "model: Object is expected"),
        ["unigram"] = (root => root["model"]!["type"] = "Unigram", "the model type 'Unigram' is not supported"),
        ["dropout"] = (root => root["model"]!["dropout"] = 0.1, "dropout"),
        ["prefix"] = (root => root["model"]!["continuing_subword_prefix"] = "##", "not supported"),
        ["unknown unk"] = (root => root["model"]!["unk_token"] = "nowhere", "not in the vocabulary"),
        ["merge of the unknown"] = (root => Merge(root, "zz yy"), "model.merges[765]: a part of the merge"),
        ["merge into the unknown"] = (root => Merge(root, "! !"), "or what it makes, is not in the vocabulary"),
        ["merge of one"] = (root => Merge(root, "en"), "two pieces with one space"),
        ["merge of nothing"] = (root => Merge(root, " a"), "two pieces with one space"),
        ["merge of three"] = (root => Merge(root, "e n x"), "two pieces with one space"),
        ["merges as text"] = (root => root["model"]!["merges"] = "e n", "Array is expected"),
        ["truncation"] = (root => root["truncation"] = new JsonObject(), "truncation: not supported"),
        ["added twice"] = (root => AddToken(root, 2, "<x>"), "that of an earlier added token"),
        ["added against the model"] = (root => AddToken(root, 20, "<x>"), "contradicts the model's vocabulary"),
        ["added without content"] = (root => AddToken(root, 3000, ""), "1 to 1024 characters"),
        ["added very long"] = (root => AddToken(root, 3000, new string('x', 2000)), "1 to 1024 characters"),
        ["added far away"] = (root => AddToken(root, 1 << 30, "<x>"), "a token id from 0"),
        ["normalizer"] = (root => root["normalizer"] = Typed("NFKC"), "the normalizer 'NFKC' is not supported"),
        ["pre-tokenizer"] = (root => root["pre_tokenizer"] = Typed("Whitespace"), "'Whitespace' is not supported"),
        ["decoder"] = (root => root["decoder"] = Typed("WordPiece"), "the decoder 'WordPiece' is not supported"),
        ["no decoder"] = (root => root["decoder"] = null, "a decoder that fits"),
        ["post-processor"] = (root => root["post_processor"] = Typed("BertProcessing"), "is not supported"),
        ["broken pattern"] = (root => Pattern(root, "(a"), "which is not supported"),
        ["empty pattern"] = (root => Pattern(root, "a*"), "can match nothing"),
        ["back reference"] = (root => Pattern(root, "(a)\\1"), "'\\1'"),
        ["word class"] = (root => Pattern(root, "\\w+"), "'\\w'"),
        ["script"] = (root => Pattern(root, "\\p{Han}+"), "\\p{Han}"),
        ["look behind"] = (root => Pattern(root, "(?<=a)b"), "'(?' group"),
        ["folding"] = (root => Pattern(root, "(?i:ß)"), "fold into others"),
        ["nested groups"] = (root => Pattern(root, new string('(', 100) + "a"), "nested so deep"),
        ["nested classes"] = (root => Pattern(root, new string('[', 100) + "a"), "nested so deep"),
        ["huge repetition"] = (root => Pattern(root, "(?:(?:ab){1000}){1000}"), "too large"),
        ["long pattern"] = (root => Pattern(root, new string('a', 20_000)), "longer than"),
        ["many steps"] = (root => root["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray([.. Enumerable.Range(0, 40).Select(_ => Typed("Digits"))]),
        }, "more than 32 steps"),
    };

    public static TheoryData<string> Names => [.. Damages.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Damage_is_refused_by_name(string name)
    {
        var (damage, says) = Damages[name];
        var root = JsonNode.Parse(Good)!.AsObject();
        damage(root);
        var failure = Assert.Throws<BridgeException>(() => Read(root.ToJsonString()));
        Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
        Assert.StartsWith("tokenizer.json: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"model\":")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("nonsense")]
    [InlineData("{\"model\":{\"vocab\":{\"\\ud800\":1},\"merges\":[]},\"decoder\":{\"type\":\"Fuse\"}}")]
    public void What_is_no_proper_json_is_refused(string json) =>
        Assert.Equal(BridgeFailure.InvalidModelFile, Assert.Throws<BridgeException>(() => Read(json)).Failure);

    [Fact]
    public void Deep_nesting_is_refused() => Assert.Equal(
        BridgeFailure.InvalidModelFile,
        Assert.Throws<BridgeException>(() => Read($"{{\"a\":{new string('[', 100_000)}")).Failure);

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        for (var length = 0; length < Good.Length; length += 997)
        {
            var failure = Assert.Throws<BridgeException>(() =>
                TokenizerJson.Read(Good.AsMemory(0, length), TokenizerConfig.Absent));
            Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
        }
    }

    [Fact]
    public void More_values_than_any_vocabulary_has_are_refused_before_memory_is_taken()
    {
        var json = Encoding.UTF8.GetBytes("{\"a\":[" + string.Join(',', Enumerable.Repeat("0", 8_000_001)) + "]}");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var failure = Assert.Throws<BridgeException>(() => TokenizerJson.Read(json, TokenizerConfig.Absent));
        Assert.Contains("JSON values", failure.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_pattern_that_backtracks_without_end_is_stopped()
    {
        var root = JsonNode.Parse(Good)!.AsObject();
        Pattern(root, "(?:a+)+(?:a+)+(?:a+)+b|c");
        var vocabulary = Read(root.ToJsonString());
        var failure = Assert.Throws<BridgeException>(() => vocabulary.Encode(
            Tokenization.Text.TracedText.Trusted(new string('a', 5000)), addSpecialTokens: false));
        Assert.Equal(BridgeFailure.LimitExceeded, failure.Failure);
        Assert.Equal([100], vocabulary.Encode(Tokenization.Text.TracedText.Trusted("a"), addSpecialTokens: false));
    }

    private static Tokenization.Vocabularies.BpeVocabulary Read(string json) =>
        TokenizerJson.Read(Encoding.UTF8.GetBytes(json), TokenizerConfig.Absent);

    private static void Merge(JsonObject root, string merge) => root["model"]!["merges"]!.AsArray().Add(merge);

    private static JsonObject Typed(string type) => new() { ["type"] = type };

    private static void AddToken(JsonObject root, int id, string content) => root["added_tokens"]!.AsArray().Add(
        new JsonObject { ["id"] = id, ["content"] = content, ["special"] = true });

    private static void Pattern(JsonObject root, string pattern)
    {
        var byteLevel = root["pre_tokenizer"]!.DeepClone();
        byteLevel["use_regex"] = false;
        root["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "Split",
                    ["pattern"] = new JsonObject { ["Regex"] = pattern },
                    ["behavior"] = "Isolated",
                    ["invert"] = false,
                },
                byteLevel),
        };
    }
}
