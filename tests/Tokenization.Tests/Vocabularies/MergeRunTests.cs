using CsCheck;
using ThemisBridge.Tokenization.Vocabularies.Bpe;

namespace ThemisBridge.Tokenization.Tests.Vocabularies;

/// <summary>The queue of merges against the plain rule: the lowest rank first, the leftmost of equals.</summary>
public sealed class MergeRunTests
{
    private static readonly Gen<int[]> Symbols = Gen.Int[0, 3].Array[0, 40];
    private static readonly Gen<(int, int)[]> Pairs = Gen.Select(Gen.Int[0, 12], Gen.Int[0, 12]).Array[0, 20];

    [Fact]
    public void Merging_by_queue_equals_merging_by_the_plain_rule() =>
        Gen.Select(Symbols, Pairs).Sample((symbols, pairs) =>
        {
            // Every pair makes a token of its own, as the concatenation of two pieces does.
            var table = new MergeTable(pairs.Length);
            var merges = new Dictionary<(int, int), (int Rank, int Merged)>();
            foreach (var (left, right) in pairs)
            {
                if (merges.TryAdd((left, right), (merges.Count, 4 + merges.Count)))
                {
                    table.Set(left, right, merges.Count - 1, 3 + merges.Count);
                }
            }

            var run = new EncodeRun();
            foreach (var symbol in symbols)
            {
                run.Merges.Add(symbol);
            }

            run.Merges.Merge(table, run);
            Assert.Equal(Plain([.. symbols], merges), run.Take());
        });

    private static List<int> Plain(List<int> symbols, Dictionary<(int, int), (int Rank, int Merged)> merges)
    {
        while (true)
        {
            var best = Enumerable.Range(0, Math.Max(0, symbols.Count - 1))
                .Where(i => merges.ContainsKey((symbols[i], symbols[i + 1])))
                .OrderBy(i => merges[(symbols[i], symbols[i + 1])].Rank).ThenBy(i => i)
                .FirstOrDefault(-1);
            if (best < 0)
            {
                return symbols;
            }

            symbols[best] = merges[(symbols[best], symbols[best + 1])].Merged;
            symbols.RemoveAt(best + 1);
        }
    }
}
