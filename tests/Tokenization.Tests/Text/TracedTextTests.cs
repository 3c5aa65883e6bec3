using CsCheck;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Tests.Text;

public sealed class TracedTextTests
{
    private static readonly Gen<(string Text, bool Trusted)[]> Runs =
        Gen.Select(Gen.String[Gen.Char['a', 'z'], 0, 5], Gen.Bool).Array[0, 8];

    [Fact]
    public void Every_character_keeps_its_origin_through_joining_and_slicing() =>
        Gen.Select(Runs, Gen.Int[0, 40], Gen.Int[0, 40]).Sample((runs, start, length) =>
        {
            var builder = new TracedTextBuilder();
            foreach (var (text, trusted) in runs)
            {
                builder.Append(text, trusted);
            }

            var whole = builder.Build();
            var origins = runs.SelectMany(run => run.Text.Select(_ => run.Trusted)).ToArray();
            Assert.Equal(string.Concat(runs.Select(run => run.Text)), whole.Value);

            start = Math.Min(start, whole.Length);
            length = Math.Min(length, whole.Length - start);
            Assert.Equal(origins.Skip(start).Take(length).All(trusted => trusted), whole.IsTrusted(start, length));

            var slice = whole.Slice(start, length);
            var twice = new TracedTextBuilder();
            twice.Append(slice);
            twice.Append(whole);
            var joined = twice.Build();
            bool[] expected = [.. origins.Skip(start).Take(length), .. origins];
            Assert.Equal(expected, Enumerable.Range(0, joined.Length).Select(i => joined.IsTrusted(i, 1)));
        });

    [Fact]
    public void Lone_surrogates_are_found()
    {
        Assert.Equal(-1, LoneSurrogates.Find(""));
        Assert.Equal(-1, LoneSurrogates.Find("abc"));
        Assert.Equal(-1, LoneSurrogates.Find("a\uD83D\uDE00b"));
        Assert.Equal(1, LoneSurrogates.Find("a\uD83D"));
        Assert.Equal(0, LoneSurrogates.Find("\uDE00\uD83D"));
        Assert.Equal(2, LoneSurrogates.Find("ab\uD83D\uD83D\uDE00"));
    }
}
