namespace ThemisBridge.Tokenization.Vocabularies.Bpe;

/// <summary>
/// Which pairs of tokens merge, in which order, into what: an open hash table, read only once it is built.
/// </summary>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue;

    private readonly ulong[] _pairs;
    private readonly ulong[] _merges;
    private readonly int _shift;

    /// <param name="count">How many merges will be added at most.</param>
    public MergeTable(int count)
    {
        var bits = Math.Max(4, 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)count * 2));
        _shift = 64 - bits;
        _pairs = new ulong[1 << bits];
        _merges = new ulong[1 << bits];
        Array.Fill(_pairs, Empty);
    }

    /// <summary>Adds a merge, or replaces that of the same pair.</summary>
    public void Set(int left, int right, int rank, int merged)
    {
        var pair = Pair(left, right);
        var slot = Slot(pair);
        while (_pairs[slot] != Empty && _pairs[slot] != pair)
        {
            slot = (slot + 1) & (_pairs.Length - 1);
        }

        _pairs[slot] = pair;
        _merges[slot] = ((ulong)(uint)rank << 32) | (uint)merged;
    }

    public bool TryGet(int left, int right, out int rank, out int merged)
    {
        var pair = Pair(left, right);
        var slot = Slot(pair);
        while (_pairs[slot] != Empty)
        {
            if (_pairs[slot] == pair)
            {
                rank = (int)(_merges[slot] >> 32);
                merged = (int)_merges[slot];
                return true;
            }

            slot = (slot + 1) & (_pairs.Length - 1);
        }

        rank = merged = 0;
        return false;
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Slot(ulong pair) => (int)((pair * 0x9E3779B97F4A7C15) >> _shift);
}
