using ThemisBridge.Core.Contracts;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>A loaded adapter and how many requests use it.</summary>
internal sealed class AdapterEntry(AdapterSource source, LlamaAdapterHandle handle)
{
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private int _users;
    private bool _closing;

    public AdapterSource Source { get; } = source;

    public LlamaAdapterHandle Handle { get; } = handle;

    /// <summary>Whether it is being unloaded.</summary>
    public bool IsClosing
    {
        get
        {
            lock (_gate)
            {
                return _closing;
            }
        }
    }

    /// <summary>Counts a request in; false when the adapter is being unloaded.</summary>
    public bool TryUse()
    {
        lock (_gate)
        {
            if (_closing)
            {
                return false;
            }

            _users++;
            return true;
        }
    }

    /// <summary>Counts a request out.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _users--;
            CompleteIfUnused();
        }
    }

    /// <summary>Takes no more requests; done when the last one is over.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closing = true;
            CompleteIfUnused();
        }

        return _unused.Task;
    }

    private void CompleteIfUnused()
    {
        if (_closing && _users == 0)
        {
            _unused.TrySetResult();
        }
    }
}
