using System.Buffers;

namespace ThemisBridge.Transports.Uds.Client;

/// <summary>
/// Items that gather on one side while the other reads those before: two arrays that swap places, both from the pool.
/// </summary>
internal sealed class GrowingArray<T>
    where T : unmanaged
{
    private const int LeastItems = 64;

    private T[] _gathering = [];
    private T[] _given = [];

    /// <summary>How many have gathered.</summary>
    public int Count { get; private set; }

    /// <summary>Adds items.</summary>
    public void Add(ReadOnlySpan<T> items)
    {
        if (Count + items.Length > _gathering.Length)
        {
            T[] larger = ArrayPool<T>.Shared.Rent(
                Math.Max(LeastItems, Math.Max(Count + items.Length, 2 * _gathering.Length)));
            _gathering.AsSpan(0, Count).CopyTo(larger);
            Return(ref _gathering);
            _gathering = larger;
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

    /// <summary>Gives the memory back, also what was given last.</summary>
    public void Release()
    {
        Return(ref _gathering);
        Return(ref _given);
        Count = 0;
    }

    private static void Return(ref T[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<T>.Shared.Return(array);
            array = [];
        }
    }
}
