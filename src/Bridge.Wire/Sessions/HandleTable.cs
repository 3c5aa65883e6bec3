using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Sessions;

/// <summary>The handles of one connection, 1 to the listener's limit. Grows with the highest handle in use.</summary>
internal sealed class HandleTable<TCall>(int limit)
    where TCall : class
{
    private HandleEntry<TCall>[] _entries = new HandleEntry<TCall>[Math.Min(limit, 16)];

    /// <summary>How many are in use.</summary>
    public int Count { get; private set; }

    /// <summary>The most that can be.</summary>
    public int Limit => limit;

    /// <summary>All handles there is memory for, free ones among them.</summary>
    public Span<HandleEntry<TCall>> Entries => _entries;

    /// <summary>Whether a handle is in use.</summary>
    public bool IsOpen(uint handle) => handle - 1 < (uint)_entries.Length && _entries[handle - 1].Call is not null;

    /// <summary>A handle in use.</summary>
    public ref HandleEntry<TCall> this[uint handle] => ref _entries[handle - 1];

    /// <summary>Takes a free handle into use.</summary>
    public ref HandleEntry<TCall> Open(uint handle, TCall call, RequestKind kind)
    {
        if (handle > (uint)_entries.Length)
        {
            int size = (int)Math.Min((uint)limit, Math.Max(handle, 2 * (uint)_entries.Length));
            Array.Resize(ref _entries, size);
        }

        ref HandleEntry<TCall> entry = ref _entries[handle - 1];
        entry = new HandleEntry<TCall> { Call = call, Kind = kind, Due = long.MaxValue, FirstDue = long.MaxValue };
        Count++;
        return ref entry;
    }

    /// <summary>When the next budget is over; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue()
    {
        long next = long.MaxValue;
        foreach (ref HandleEntry<TCall> entry in Entries)
        {
            next = entry.Call is null ? next : Math.Min(next, entry.NextDue);
        }

        return next;
    }

    /// <summary>Frees a handle and gives what it stood for.</summary>
    public TCall Close(uint handle)
    {
        TCall call = _entries[handle - 1].Call!;
        _entries[handle - 1] = default;
        Count--;
        return call;
    }
}
