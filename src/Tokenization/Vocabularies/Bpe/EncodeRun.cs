using ThemisBridge.Tokenization.Vocabularies.Patterns;

namespace ThemisBridge.Tokenization.Vocabularies.Bpe;

/// <summary>The memory of one encoding: what was found so far and the room that its steps work in. Reused.</summary>
internal sealed class EncodeRun
{
    private int[] _ids = new int[256];

    public PatternRun Patterns { get; } = new();

    public MergeRun Merges { get; } = new();

    public int Count { get; private set; }

    public void Add(int id)
    {
        Reserve(1);
        _ids[Count++] = id;
    }

    public void Add(ReadOnlySpan<int> ids)
    {
        Reserve(ids.Length);
        ids.CopyTo(_ids.AsSpan(Count));
        Count += ids.Length;
    }

    public ReadOnlySpan<int> From(int start) => _ids.AsSpan(start, Count - start);

    public int[] Take()
    {
        var ids = _ids.AsSpan(0, Count).ToArray();
        Count = 0;
        return ids;
    }

    public void Clear() => Count = 0;

    /// <summary>Whether it is small enough to be kept for the next text.</summary>
    public bool IsWorthKeeping => _ids.Length <= 1 << 20 && Merges.Capacity <= 1 << 16;

    private void Reserve(int more)
    {
        if (_ids.Length - Count < more)
        {
            Array.Resize(ref _ids, Math.Max(_ids.Length * 2, Count + more));
        }
    }
}
