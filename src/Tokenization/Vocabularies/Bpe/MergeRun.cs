namespace ThemisBridge.Tokenization.Vocabularies.Bpe;

/// <summary>
/// Merges the symbols of one piece: always the pair of lowest rank, the leftmost of equals, until none is left. A queue
/// keeps a piece of n symbols at n log n, whatever its author intended. For one thread at a time; reused.
/// </summary>
internal sealed class MergeRun
{
    private const int Gone = -1;

    private readonly PriorityQueue<int, ulong> _queue = new();
    private int[] _symbols = new int[64];
    private int[] _next = new int[64];
    private int[] _previous = new int[64];
    private int _count;

    public int Capacity => _symbols.Length;

    public void Clear() => _count = 0;

    public void Add(int symbol)
    {
        if (_count == _symbols.Length)
        {
            Array.Resize(ref _symbols, _count * 2);
            Array.Resize(ref _next, _count * 2);
            Array.Resize(ref _previous, _count * 2);
        }

        _symbols[_count] = symbol;
        _next[_count] = _count + 1;
        _previous[_count] = _count - 1;
        _count++;
    }

    /// <summary>Merges what was added and appends what is left to the run's ids.</summary>
    public void Merge(MergeTable merges, EncodeRun run)
    {
        for (var i = 0; i + 1 < _count; i++)
        {
            Offer(merges, i);
        }

        while (_queue.TryDequeue(out var merged, out var priority))
        {
            var left = (int)(uint)priority;
            var right = _symbols[left] == Gone ? _count : _next[left];
            if (right >= _count || !merges.TryGet(_symbols[left], _symbols[right], out _, out var now) || now != merged)
            {
                continue;
            }

            _symbols[left] = merged;
            _symbols[right] = Gone;
            _next[left] = _next[right];
            if (_next[left] < _count)
            {
                _previous[_next[left]] = left;
                Offer(merges, left);
            }

            if (_previous[left] >= 0)
            {
                Offer(merges, _previous[left]);
            }
        }

        for (var i = 0; i < _count; i = _next[i])
        {
            run.Add(_symbols[i]);
        }
    }

    private void Offer(MergeTable merges, int left)
    {
        if (merges.TryGet(_symbols[left], _symbols[_next[left]], out var rank, out var merged))
        {
            _queue.Enqueue(merged, ((ulong)(uint)rank << 32) | (uint)left);
        }
    }
}
