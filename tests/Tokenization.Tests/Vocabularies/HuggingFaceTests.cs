using System.Text;
using ThemisBridge.Tokenization.Text;
using ThemisBridge.Tokenization.Tests.Oracles;

namespace ThemisBridge.Tokenization.Tests.Vocabularies;

/// <summary>Every family, id for id against Hugging Face's own library.</summary>
public sealed class HuggingFaceTests(HuggingFaceOracle oracle) : IClassFixture<HuggingFaceOracle>
{
    public static TheoryData<string> Families =>
        ["themis-tiny", "llama3_1", "qwen3", "deepseek_v3", "gptoss", "llama2", "gemma3"];

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Ids_of_many_texts_equal_the_library_s(string family)
    {
        var vocabulary = LoadedVocabularies.Get(family);
        var file = Path.Combine(Reference.Model(family), "tokenizer.json");
        var texts = SampleTexts.All;
        foreach (var add in new[] { false, true })
        {
            var expected = await oracle.EncodeAsync(file, texts, add);
            for (var i = 0; i < texts.Count; i++)
            {
                var ids = vocabulary.Encode(TracedText.Trusted(texts[i]), add);
                Assert.True(expected[i].AsSpan().SequenceEqual(ids), Difference(family, texts[i], expected[i], ids));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Texts_of_ids_equal_the_library_s(string family)
    {
        var vocabulary = LoadedVocabularies.Get(family);
        var file = Path.Combine(Reference.Model(family), "tokenizer.json");
        var ids = SampleTexts.All.Select(text => vocabulary.Encode(TracedText.Trusted(text), true)).ToList();
        foreach (var skip in new[] { false, true })
        {
            var expected = await oracle.DecodeAsync(file, ids, skip);
            for (var i = 0; i < ids.Count; i++)
            {
                Assert.Equal(expected[i], vocabulary.Decode(ids[i], skip));
            }
        }
    }

    private static string Difference(string family, string text, int[] expected, int[] actual)
    {
        var at = expected.AsSpan().CommonPrefixLength(actual);
        return $"{family}: {Encoding.UTF8.GetByteCount(text)} bytes, first difference at id {at}: expected "
            + $"{string.Join(',', expected.Skip(at).Take(8))}, found {string.Join(',', actual.Skip(at).Take(8))} in "
            + $"<{(text.Length > 300 ? text[..300] : text)}>";
    }
}
