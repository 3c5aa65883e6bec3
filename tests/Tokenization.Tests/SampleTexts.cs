using System.Text;
using System.Text.Json;

namespace ThemisBridge.Tokenization.Tests;

/// <summary>
/// Texts that vocabularies are compared on: many kinds of writing, and what splits and merges trip over.
/// </summary>
internal static class SampleTexts
{
    private static readonly (int From, int To)[] Blocks =
    [
        (0x20, 0x7E), (0x09, 0x0D), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0xDFF),
        (0x1100, 0x11FF), (0x1E00, 0x20CF), (0x2100, 0x2BFF), (0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
        (0xFB00, 0xFFEF), (0x10000, 0x1083F), (0x1D400, 0x1D7FF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF),
    ];

    /// <summary>The written ones and 300 random ones, the same in every run.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. TestData.Json("sample-texts.json").Deserialize<string[]>()!, .. Random(300)];

    private static IEnumerable<string> Random(int count)
    {
        var random = new Random(20_26);
        for (var i = 0; i < count; i++)
        {
            var text = new StringBuilder();
            var length = random.Next(1, 200);
            while (text.Length < length)
            {
                var (from, to) = Blocks[random.Next(i % 3 == 0 ? 2 : Blocks.Length)];
                for (var run = random.Next(1, 8); run > 0; run--)
                {
                    text.Append(new Rune(random.Next(from, to + 1)));
                }
            }

            yield return text.ToString();
        }
    }
}
