using System.Text;
using CsCheck;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Tests.Vocabularies;

public sealed class RoundTripTests
{
    private static readonly Gen<string> AnyCharacter = Gen
        .OneOf(
            Gen.Int[0, 0x7F],
            Gen.Int[0x80, 0x7FF],
            Gen.Int[0x800, 0xD7FF],
            Gen.Int[0xE000, 0xFFFF],
            Gen.Int[0x10000, 0x10FFFF])
        .Select(codePoint => new Rune(codePoint).ToString());

    private static readonly Gen<string> AnyText = AnyCharacter.Array[0, 60].Select(string.Concat);

    [Theory]
    [InlineData("themis-tiny")]
    [InlineData("llama3_1")]
    [InlineData("gptoss")]
    [InlineData("deepseek_v3")]
    public void Decoding_an_encoded_text_gives_the_text(string family)
    {
        var vocabulary = LoadedVocabularies.Get(family);
        AnyText.Sample(text => Assert.Equal(
            text, vocabulary.Decode(vocabulary.Encode(TracedText.Untrusted(text), addSpecialTokens: false), false)));
    }

    /// <summary>Where text is composed or spaces are rewritten first, what comes back is the text after that.</summary>
    [Theory]
    [InlineData("qwen3")]
    [InlineData("gemma3")]
    [InlineData("llama2")]
    public void Decoding_is_stable_where_a_vocabulary_normalizes(string family)
    {
        var vocabulary = LoadedVocabularies.Get(family);
        AnyText.Sample(text =>
        {
            var once = vocabulary.Decode(vocabulary.Encode(TracedText.Untrusted(text), false), false);
            var twice = vocabulary.Decode(vocabulary.Encode(TracedText.Untrusted(once), false), false);
            Assert.Equal(once, twice);
        });
    }

    [Theory]
    [InlineData("themis-tiny")]
    [InlineData("qwen3")]
    public void Lone_surrogates_are_refused(string family)
    {
        var failure = Assert.Throws<BridgeException>(() =>
            LoadedVocabularies.Get(family).Encode(TracedText.Trusted("a\uD83Db"), addSpecialTokens: false));
        Assert.Equal(BridgeFailure.InvalidRequest, failure.Failure);
        Assert.Contains("index 1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_run_of_one_letter_takes_no_quadratic_time()
    {
        foreach (var family in new[] { "llama3_1", "gemma3", "llama2" })
        {
            var text = new string('a', 300_000);
            var vocabulary = LoadedVocabularies.Get(family);
            Assert.Equal(text, vocabulary.Decode(vocabulary.Encode(TracedText.Untrusted(text), false), false));
        }
    }

    [Fact]
    public void Encoding_on_many_threads_gives_the_same_ids()
    {
        var vocabulary = LoadedVocabularies.Get("llama3_1");
        var texts = SampleTexts.All;
        var expected = texts.Select(text => vocabulary.Encode(TracedText.Trusted(text), true)).ToArray();
        Parallel.For(0, texts.Count * 4, i => Assert.Equal(
            expected[i % texts.Count], vocabulary.Encode(TracedText.Trusted(texts[i % texts.Count]), true)));
    }
}
