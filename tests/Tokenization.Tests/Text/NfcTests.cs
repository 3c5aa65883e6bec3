using System.Text;
using System.Text.Json.Nodes;
using ThemisBridge.Tokenization.Tests.Oracles;
using ThemisBridge.Tokenization.Text.Normalization;

namespace ThemisBridge.Tokenization.Tests.Text;

/// <summary>Composing, for all of Unicode, against the normalizer of Hugging Face's library.</summary>
public sealed class NfcTests(HuggingFaceOracle oracle) : IClassFixture<HuggingFaceOracle>
{
    private static readonly Lazy<string> NfcTokenizer = new(() =>
    {
        var root = JsonNode.Parse(File.ReadAllBytes(Path.Combine(Reference.Model("themis-tiny"), "tokenizer.json")))!;
        root["normalizer"] = new JsonObject { ["type"] = "NFC" };
        return root.ToJsonString();
    });

    [Fact]
    public async Task Every_character_composes_as_in_the_library()
    {
        var texts = new List<string>();
        for (var codePoint = 0x80; codePoint <= 0x10FFFF; codePoint++)
        {
            // Unassigned planes and private use take part in nothing; a sample of each is enough.
            if (Rune.IsValid(codePoint) && (codePoint < 0x30000 || codePoint % 0x1000 < 0x10))
            {
                var c = new Rune(codePoint).ToString();
                texts.Add(c + "x\u0345" + c + "\u0334");
            }
        }

        foreach (var some in texts.Chunk(64))
        {
            var joined = string.Join('\n', some);
            Assert.Equal(await ComposedAsync(joined), Nfc.Normalize(joined));
        }
    }

    [Fact]
    public async Task Sequences_of_marks_letters_and_jamo_compose_as_in_the_library()
    {
        int[] characters =
        [
            'a', 'e', 'o', 's', 0x300, 0x301, 0x302, 0x303, 0x307, 0x308, 0x323, 0x327, 0x328, 0x331, 0x345, 0x1100,
            0x1112, 0x1161, 0x1175, 0x11A8, 0x11C2, 0xAC00, 0xAC01, 0xD7A3, 0x1E9B, 0x212B, 0x2126, 0x958, 0x95C, 0x93C,
            0x9C7, 0x9BE, 0xBC6, 0xBBE, 0x1D15E, 0x1D165, 0x110A5, 0x110BA, 0x2ADC, 0x338, 0xFB1D, 0x5B4,
        ];
        var random = new Random(5);
        var joined = string.Join('\n', Enumerable.Range(0, 3000).Select(_ => string.Concat(
            Enumerable.Range(0, random.Next(1, 9)).Select(_ =>
                new Rune(characters[random.Next(characters.Length)]).ToString()))));
        Assert.Equal(await ComposedAsync(joined), Nfc.Normalize(joined));
    }

    [Fact]
    public void Composed_text_comes_back_as_it_is()
    {
        const string text = "Größe: 日本語 Ελλάδα 한국어";
        Assert.Same(text, Nfc.Normalize(text));
    }

    [Fact]
    public void A_letter_with_a_hundred_thousand_marks_takes_no_quadratic_time()
    {
        var marks = string.Concat(Enumerable.Repeat("\u0323\u0301", 50_000));
        Assert.Equal(100_000, Nfc.Normalize("a" + marks).Length);
    }

    private async Task<string> ComposedAsync(string text)
    {
        var ids = await oracle.EncodeAsync(NfcTokenizer.Value, [text]);
        return (await oracle.DecodeAsync(NfcTokenizer.Value, ids, skip: false))[0];
    }
}
