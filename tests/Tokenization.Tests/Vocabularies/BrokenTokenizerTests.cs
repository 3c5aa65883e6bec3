using System.Globalization;
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
        ["added without content"] = (root => AddToken(root, 3000, ""), "1 to 256 characters"),
        ["added very long"] = (root => AddToken(root, 3000, new string('x', 2000)), "1 to 256 characters"),
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
        ["repeated repetitions"] = (root => Pattern(root, "a" + Times("{1}", 5000)), "nested so deep"),
        ["possessive repetitions"] = (root => Pattern(root, "a" + Times("++", 5000)), "nested so deep"),
        ["huge repetition"] = (root => Pattern(root, "(?:(?:ab){1000}){1000}"), "too large"),
        ["long pattern"] = (root => Pattern(root, new string('a', 20_000)), "longer than"),
        ["many steps"] = (root => root["pre_tokenizer"] = Sequence("pretokenizers", 40, Typed("Digits")),
            "more than 32 steps"),
        ["many replacements"] = (root => root["decoder"] = Sequence("decoders", 40, Replacing("a", "b")),
            "decoder: more than 32 steps"),
        ["many processors"] = (root => root["post_processor"] = Sequence("processors", 33, Typed("ByteLevel")),
            "post_processor: more than 32 steps"),
        ["many tokens before"] = (root => root["post_processor"] = new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. Enumerable.Range(0, 33).Select(_ =>
                JsonNode.Parse("""{"SpecialToken":{"id":"<|im_start|>","type_id":0}}"""))]),
        }, "post_processor.single: more than 32 tokens on one side"),
        ["many long tokens"] = (root => AddTokens(root, 4100, 256), "more than 1048576 characters in all of them"),
        ["long content"] = (root => root["normalizer"] = Replacing("a", new string('a', 65)), "at most 64 characters"),
        ["long prefix"] = (root => root["normalizer"] = new JsonObject
        {
            ["type"] = "Prepend",
            ["prepend"] = new string('a', 65),
        }, "at most 64 characters"),
        ["decoder beside ByteLevel"] = (root => root["decoder"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["decoders"] = new JsonArray(Typed("ByteLevel"), Replacing("a", "b")),
        }, "another decoder beside ByteLevel"),
        ["empty Metaspace"] = (root => root["decoder"] = new JsonObject
        {
            ["type"] = "Metaspace",
            ["replacement"] = "",
        }, "decoder.replacement: one character is expected"),
        ["normalizer that empties a token"] = (root =>
        {
            root["normalizer"] = Replacing("<x>", "");
            AddToken(root, 3000, "<x>", special: false);
        }, "it leaves nothing of the added token 3000"),
        ["normalizer that doubles a token"] = (root =>
        {
            root["normalizer"] = Sequence("normalizers", 32, Replacing("x", "xx"));
            AddToken(root, 3000, "x<", special: false);
        }, "normalizer: it adds too much"),
        ["decoder that doubles"] = (root =>
        {
            root["pre_tokenizer"] = null;
            root["decoder"] = Sequence("decoders", 32, Replacing("e", "ee"));
        }, "decoder: it adds too much"),
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

    /// <summary>A repetition takes as many steps as characters, and does so at every place.</summary>
    [Theory]
    [InlineData("a++b|c")]
    [InlineData("a*+b|c")]
    [InlineData("(?:ab|a)+c|c")]
    public async Task Steps_and_choices_of_a_pattern_are_counted_by_character(string pattern)
    {
        var root = JsonNode.Parse(Good)!.AsObject();
        Pattern(root, pattern);
        var vocabulary = Read(root.ToJsonString());
        var text = Tokenization.Text.TracedText.Trusted(new string('a', 1_000_000));
        var cancel = TestContext.Current.CancellationToken;
        var encoding = Task.Run(() => vocabulary.Encode(text, addSpecialTokens: false), cancel);
        var failure = await Assert.ThrowsAsync<BridgeException>(() =>
            encoding.WaitAsync(TimeSpan.FromSeconds(30), cancel));
        Assert.Equal(BridgeFailure.LimitExceeded, failure.Failure);
    }

    [Fact]
    public void A_normalizer_that_doubles_is_stopped()
    {
        var root = JsonNode.Parse(Good)!.AsObject();
        root["normalizer"] = Sequence("normalizers", 32, Replacing("x", "xx"));
        var vocabulary = Read(root.ToJsonString());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var failure = Assert.Throws<BridgeException>(() => vocabulary.Encode(
            Tokenization.Text.TracedText.Trusted("x"), addSpecialTokens: false));
        Assert.Equal(BridgeFailure.LimitExceeded, failure.Failure);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.Equal([100], vocabulary.Encode(Tokenization.Text.TracedText.Trusted("a"), addSpecialTokens: false));
    }

    /// <summary>
    /// What a merge makes is its parts' text, so it is longer than either and no chain of merges comes back to where it
    /// began. The one way to write a cycle would be an empty part.
    /// </summary>
    [Fact]
    public void Cyclic_merges_cannot_be_written()
    {
        foreach (var empty in new JsonNode[] { "en ", " en", new JsonArray("en", ""), new JsonArray("", "en") })
        {
            var root = JsonNode.Parse(Good)!.AsObject();
            root["model"]!["merges"]!.AsArray().Add(empty);
            Assert.Contains("two pieces", Assert.Throws<BridgeException>(() => Read(root.ToJsonString())).Message,
                StringComparison.Ordinal);
        }

        foreach (var merge in JsonNode.Parse(Good)!["model"]!["merges"]!.AsArray())
        {
            var parts = merge is JsonArray pair ? [.. pair.Select(part => (string)part!)] : ((string)merge!).Split(' ');
            Assert.True(string.Concat(parts).Length > parts.Max(part => part.Length));
        }
    }

    private static Tokenization.Vocabularies.BpeVocabulary Read(string json) =>
        TokenizerJson.Read(Encoding.UTF8.GetBytes(json), TokenizerConfig.Absent);

    private static void Merge(JsonObject root, string merge) => root["model"]!["merges"]!.AsArray().Add(merge);

    private static JsonObject Typed(string type) => new() { ["type"] = type };

    private static JsonObject Replacing(string pattern, string content) => new()
    {
        ["type"] = "Replace",
        ["pattern"] = new JsonObject { ["String"] = pattern },
        ["content"] = content,
    };

    private static JsonObject Sequence(string list, int count, JsonObject step) => new()
    {
        ["type"] = "Sequence",
        [list] = new JsonArray([.. Enumerable.Range(0, count).Select(_ => step.DeepClone())]),
    };

    private static string Times(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static void AddToken(JsonObject root, int id, string content, bool special = true) =>
        root["added_tokens"]!.AsArray().Add(
            new JsonObject { ["id"] = id, ["content"] = content, ["special"] = special });

    private static void AddTokens(JsonObject root, int count, int length)
    {
        for (var i = 0; i < count; i++)
        {
            AddToken(root, 3000 + i, i.ToString("x", CultureInfo.InvariantCulture).PadLeft(length, '#'));
        }
    }

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
