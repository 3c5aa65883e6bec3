using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ThemisBridge.Tokenization.Files;
using ThemisBridge.Tokenization.Tests.Oracles;
using ThemisBridge.Tokenization.Text;
using ThemisBridge.Tokenization.Vocabularies.Reading;

namespace ThemisBridge.Tokenization.Tests.Vocabularies;

/// <summary>
/// Every option of a tokenizer.json, one by one on small vocabularies, against Hugging Face's library.
/// </summary>
public sealed class VariantTests(HuggingFaceOracle oracle) : IClassFixture<HuggingFaceOracle>
{
    private static readonly JsonNode Data = TestData.Json("tokenizer-variants.json");

    public static TheoryData<string> Names => [.. Data["variants"]!.AsObject().Select(pair => pair.Key)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Ids_equal_the_library_s(string name)
    {
        var json = Changed(Data["variants"]![name]!);
        var vocabulary = TokenizerJson.Read(Encoding.UTF8.GetBytes(json), TokenizerConfig.Absent);
        string[] texts = [.. SampleTexts.All, .. Data["texts"].Deserialize<string[]>()!];
        var expected = await oracle.EncodeAsync(json, texts, add: true);
        for (var i = 0; i < texts.Length; i++)
        {
            Assert.Equal(expected[i], vocabulary.Encode(TracedText.Trusted(texts[i]), addSpecialTokens: true));
        }
    }

    /// <summary>The tokenizer.json of a model with some members replaced, in its model part member by member.</summary>
    private static string Changed(JsonNode variant)
    {
        var file = Path.Combine(Reference.Model((string)variant["base"]!), "tokenizer.json");
        var root = JsonNode.Parse(File.ReadAllBytes(file))!.AsObject();
        foreach (var (name, value) in variant["changes"]!.AsObject())
        {
            var (owner, changes) = name == "model"
                ? (root["model"]!.AsObject(), value!.AsObject())
                : (root, new JsonObject { [name] = value?.DeepClone() });
            foreach (var (member, changed) in changes)
            {
                owner[member] = changed?.DeepClone();
            }
        }

        return root.ToJsonString();
    }
}
