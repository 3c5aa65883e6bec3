using System.Buffers;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Tests.Text;

public sealed class StopStringCutterTests
{
    [Theory]
    [InlineData("one STOP two", "STOP", "one ", "one STOP")]
    [InlineData("STOP", "STOP", "", "STOP")]
    [InlineData("ab", "b", "a", "ab")]
    [InlineData("aaab", "aab", "a", "aaab")]
    [InlineData("ababac", "abac", "ab", "ababac")]
    [InlineData("x👩y", "👩", "x", "x👩")]
    public void Stop_string_ends_the_text_wherever_it_is_cut(string text, string stop, string without, string with)
    {
        foreach (string[] pieces in AllCuts(text))
        {
            (string kept, string? matched) = Cut(pieces, [stop], include: false);
            Assert.Equal(without, kept);
            Assert.Equal(stop, matched);
            Assert.Equal(with, Cut(pieces, [stop], include: true).Kept);
        }
    }

    [Fact]
    public void Text_without_stop_string_comes_out_whole()
    {
        foreach (string[] pieces in AllCuts("STO ST SSTO"))
        {
            (string kept, string? matched) = Cut(pieces, ["STOP", "TOP"], include: false);
            Assert.Equal("STO ST SSTO", kept);
            Assert.Null(matched);
        }
    }

    [Theory]
    [InlineData("xabcd", "bc", "abcd", "bc", "xa")]
    [InlineData("xabcd", "abc", "bc", "abc", "x")]
    [InlineData("xabcd", "cd", "x", "x", "")]
    public void Stop_string_that_is_complete_first_wins_and_then_the_longest(
        string text, string first, string second, string matched, string kept)
    {
        foreach (string[] pieces in AllCuts(text))
        {
            Assert.Equal((kept, matched), Cut(pieces, [first, second], include: false));
            Assert.Equal((kept, matched), Cut(pieces, [second, first], include: false));
        }
    }

    [Fact]
    public void Any_text_in_any_pieces_gives_what_a_search_of_the_whole_gives()
    {
        Random random = new(7);
        for (int round = 0; round < 30_000; round++)
        {
            string text = RandomText(random, random.Next(0, 24));
            string[] stops = new string[random.Next(1, 4)];
            for (int i = 0; i < stops.Length; i++)
            {
                stops[i] = RandomText(random, random.Next(1, 5));
            }

            bool include = random.Next(2) == 0;
            Assert.Equal(Search(text, stops, include), Cut(RandomCuts(random, text), stops, include));
        }
    }

    [Fact]
    public void Held_text_is_never_longer_than_a_stop_string_less_one()
    {
        StopStringCutter cutter = new(["aaaa", "ab"], includeStop: false);
        ArrayBufferWriter<char> output = new();
        foreach (char c in "aaaXaabYaaa")
        {
            cutter.Append([c], mayStop: false, output);
            Assert.InRange(cutter.HeldLength, 0, 3);
        }

        Assert.Equal(3, cutter.HeldLength);
    }

    [Fact]
    public void Written_text_never_ends_inside_a_surrogate_pair()
    {
        StopStringCutter cutter = new(["zz"], includeStop: false);
        ArrayBufferWriter<char> output = new();
        foreach (char c in "a👩b👩")
        {
            cutter.Append([c], mayStop: true, output);
            Assert.False(output.WrittenCount > 0 && char.IsHighSurrogate(output.WrittenSpan[^1]));
        }

        cutter.Flush(output);
        Assert.Equal("a👩b👩", output.WrittenSpan.ToString());
    }

    [Fact]
    public void Stop_string_that_does_not_count_yet_is_passed_on()
    {
        StopStringCutter cutter = new(["END"], includeStop: false);
        ArrayBufferWriter<char> output = new();

        Assert.False(cutter.Append("one END two EN", mayStop: false, output));
        Assert.Equal("one END two ", output.WrittenSpan.ToString());
        Assert.True(cutter.Append("D three", mayStop: true, output));

        Assert.Equal("one END two ", output.WrittenSpan.ToString());
        Assert.Equal("END", cutter.Matched);
    }

    [Fact]
    public void After_a_match_nothing_more_is_written()
    {
        StopStringCutter cutter = new(["."], includeStop: true);
        ArrayBufferWriter<char> output = new();

        cutter.Append("a.b", mayStop: true, output);
        Assert.True(cutter.Append("c", mayStop: true, output));
        cutter.Flush(output);

        Assert.Equal("a.", output.WrittenSpan.ToString());
    }

    [Fact]
    public void Stop_string_that_can_never_match_is_refused()
    {
        foreach (string stop in (string[])["", "\uD83D", "\uDC69x", "a\uD83Dx", "\uD83D\uD83D\uDC69"])
        {
            Assert.False(StopStringCutter.IsValid(stop));
            Assert.Throws<ArgumentException>(() => new StopStringCutter([stop], includeStop: false));
        }
    }

    [Fact]
    public void Append_allocates_nothing()
    {
        StopStringCutter cutter = new(["</answer>", "\n\n"], includeStop: false);
        ArrayBufferWriter<char> output = new(256);
        cutter.Append("a </ans b\n", mayStop: true, output);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            output.ResetWrittenCount();
            cutter.Append("a </ans b\n", mayStop: true, output);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static (string Kept, string? Matched) Cut(IEnumerable<string> pieces, string[] stops, bool include)
    {
        StopStringCutter cutter = new(stops, include);
        ArrayBufferWriter<char> output = new();
        foreach (string piece in pieces)
        {
            if (cutter.Append(piece, mayStop: true, output))
            {
                break;
            }
        }

        cutter.Flush(output);
        return (output.WrittenSpan.ToString(), cutter.Matched);
    }

    // The same rule said plainly: the first end wins, and of several stop strings with that end the longest.
    private static (string Kept, string? Matched) Search(string text, string[] stops, bool include)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            string? best =
                stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(s => s.Length);
            if (best is not null)
            {
                return (include ? text[..end] : text[..(end - best.Length)], best);
            }
        }

        return (text, null);
    }

    private static IEnumerable<string[]> AllCuts(string text)
    {
        for (int mask = 0; mask < 1 << Math.Max(0, text.Length - 1); mask++)
        {
            List<string> pieces = [];
            int start = 0;
            for (int i = 1; i <= text.Length; i++)
            {
                if (i == text.Length || (mask >> (i - 1) & 1) == 1)
                {
                    pieces.Add(text[start..i]);
                    start = i;
                }
            }

            yield return [.. pieces];
        }
    }

    private static string RandomText(Random random, int length) =>
        string.Concat(
            Enumerable.Range(0, length).Select(_ => random.Next(5) == 4 ? "👩" : "ab"[random.Next(2)].ToString()));

    private static List<string> RandomCuts(Random random, string text)
    {
        List<string> pieces = [];
        for (int start = 0; start < text.Length;)
        {
            int length = random.Next(1, text.Length - start + 1);
            pieces.Add(text.Substring(start, length));
            start += length;
        }

        return pieces;
    }
}
