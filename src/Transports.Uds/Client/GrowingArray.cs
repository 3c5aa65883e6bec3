namespace ThemisBridge.Transports.Uds.Client;

/// <summary>Items that gather on one side while the other reads those before: two arrays that swap places.</summary>
internal sealed class GrowingArray<T>
    where T : unmanaged
{
    private T[] _gathering = [];
    private T[] _given = [];

    /// <summary>How many have gathered.</summary>
    public int Count { get; private set; }

    /// <summary>Adds items.</summary>
    public void Add(ReadOnlySpan<T> items)
    {
        if (Count + items.Length > _gathering.Length)
        {
            Array.Resize(ref _gathering, Math.Max(64, Math.Max(Count + items.Length, 2 * _gathering.Length)));
        }

        items.CopyTo(_gathering.AsSpan(Count));
        Count += items.Length;
    }

    /// <summary>Gives what has gathered; valid until the next call.</summary>
    public ReadOnlyMemory<T> Take()
    {
        int count = Count;
        (_gathering, _given) = (_given, _gathering);
        Count = 0;
        return _given.AsMemory(0, count);
    }
}
