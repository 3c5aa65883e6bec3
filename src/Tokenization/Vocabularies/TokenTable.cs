using ThemisBridge.Core.Failures;

namespace ThemisBridge.Tokenization.Vocabularies;

/// <summary>What every id stands for: all bytes in one array, so that a token costs no object of its own.</summary>
internal sealed class TokenTable
{
    private readonly byte[] _bytes;
    private readonly int[] _ends;
    private readonly bool[] _special;
    private readonly string?[] _pieces;

    /// <param name="pieces">The piece of every id; null for an unassigned one.</param>
    /// <param name="specialIds">The ids that are special.</param>
    /// <param name="decode">The bytes of a piece.</param>
    public TokenTable(string?[] pieces, IReadOnlySet<int> specialIds, Func<string, byte[]> decode)
    {
        _pieces = pieces;
        _ends = new int[pieces.Length];
        _special = new bool[pieces.Length];
        using var all = new MemoryStream(pieces.Length * 8);
        for (var id = 0; id < pieces.Length; id++)
        {
            if (pieces[id] is { } piece)
            {
                all.Write(decode(piece));
            }

            _ends[id] = (int)all.Length;
            _special[id] = specialIds.Contains(id);
        }

        _bytes = all.ToArray();
    }

    public int Count => _ends.Length;

    public ReadOnlySpan<byte> GetBytes(int id)
    {
        Check(id);
        var start = id == 0 ? 0 : _ends[id - 1];
        return _bytes.AsSpan(start, _ends[id] - start);
    }

    public bool IsSpecial(int id)
    {
        Check(id);
        return _special[id];
    }

    public string? GetPiece(int id)
    {
        Check(id);
        return _pieces[id];
    }

    private void Check(int id)
    {
        if ((uint)id >= (uint)_ends.Length)
        {
            throw Refusal.InvalidRequest("token_ids",
                $"The token id {id} is not in the vocabulary, whose ids are 0 to {_ends.Length - 1}.");
        }
    }
}
