using System.Text.RegularExpressions;
using CsCheck;
using ThemisBridge.Tokenization.Vocabularies.Patterns;
using ThemisBridge.Tokenization.Vocabularies.Splitting;

namespace ThemisBridge.Tokenization.Tests.Vocabularies;

/// <summary>
/// Our matcher against .NET's, where both mean the same: text without characters beyond the basic plane.
/// </summary>
public sealed class PatternTests
{
    private static readonly Gen<string> Texts = Gen.Char["abcxyzABZ019 '.,-\n\r\t\u00a0éß日ж\u0301２Ⅷ"]
        .Array[0, 40].Select(chars => new string(chars));

    [Theory]
    [InlineData(SplitStep.Gpt2Pattern)]
    [InlineData(@"(?i:'s|'re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData(@"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|\p{N}{1,3}|\s+")]
    [InlineData(@"a+b*?c|(?:ab|a)(?:bc|c)?|[x-z]{2,3}|\D\d")]
    [InlineData(@"(?:a|ab)(?:c|bcd)*|(?=\p{Lu}).\p{L}|[^\p{L}\s]{2}")]
    [InlineData(@"a(?!b)|b(?=c)c?|\p{Ll}{2,}?\p{N}|\S+?\s")]
    public void Matches_equal_those_of_dotnet(string pattern)
    {
        var program = PatternProgram.Compile(pattern);
        var regex = new Regex(pattern, RegexOptions.CultureInvariant);
        Texts.Sample(text =>
        {
            var run = new PatternRun();
            run.Allow(text.Length);
            var found = new List<(int, int)>();
            for (var at = 0; run.Find(program, text, at, out var start, out var end); at = end)
            {
                found.Add((start, end));
            }

            Assert.Equal(regex.Matches(text).Select(match => (match.Index, match.Index + match.Length)), found);
        });
    }

    [Fact]
    public void Characters_beyond_the_basic_plane_are_single_ones()
    {
        Assert.Equal(["\U00020000a", "\U0001F600"], Matches(@"\p{L}+|\p{S}", "\U00020000a\U0001F600"));
        Assert.Equal(["\U0001D7D81", "\U0001D7D9"], Matches(@"\p{N}{1,2}", "\U0001D7D81\U0001D7D9"));
        Assert.Equal(["\U00010428"], Matches("[\U00010400-\U0001044F]", "\U00010428a"));
        Assert.Equal(["\U0001F600", "a"], Matches(".", "\U0001F600a"));
    }

    /// <summary>Thousands of parts side by side are no deeper than a few.</summary>
    [Fact]
    public void A_class_of_many_intersections_is_as_good_as_one()
    {
        var many = string.Concat(Enumerable.Repeat(@"&&\S", 4000));
        Assert.Equal(["ab", "c"], Matches(@"[\D" + many + "]+", "ab 1 c"));
    }

    private static List<string> Matches(string pattern, string text)
    {
        var run = new PatternRun();
        run.Allow(text.Length);
        var program = PatternProgram.Compile(pattern);
        var found = new List<string>();
        for (var at = 0; run.Find(program, text, at, out var start, out var end); at = end)
        {
            found.Add(text[start..end]);
        }

        return found;
    }
}
