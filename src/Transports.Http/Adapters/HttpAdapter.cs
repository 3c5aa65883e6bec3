using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Adapters;

/// <summary>An adapter that is loaded on the server, and how many requests use it. Safe for use from many
/// threads.</summary>
/// <param name="source">What was loaded.</param>
/// <param name="servedName">The name under which the server has it.</param>
/// <param name="isOurs">False for one that the server had by itself, which is never loaded or unloaded.</param>
internal sealed class HttpAdapter(AdapterSource source, string servedName, bool isOurs)
{
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private int _users;
    private bool _isRetired;

    public AdapterSource Source => source;

    public string ServedName => servedName;

    public bool IsOurs => isOurs;

    /// <summary>How often it has been loaded: again after a server came back without it.</summary>
    public int Loads { get; set; } = 1;

    /// <summary>Whether it has been unloaded from the server. Read and written by one load or unload at a
    /// time.</summary>
    public bool IsUnloaded { get; set; }

    /// <summary>Whether it takes no more requests.</summary>
    public bool IsRetired
    {
        get
        {
            lock (_lock)
            {
                return _isRetired;
            }
        }
    }

    /// <summary>Counts a request in; false when it is retired.</summary>
    public bool TryUse()
    {
        lock (_lock)
        {
            _users += _isRetired ? 0 : 1;
            return !_isRetired;
        }
    }

    /// <summary>Counts a request out.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _users--;
            CompleteIfUnused();
        }
    }

    /// <summary>Takes no more requests; done when the last one is over.</summary>
    public Task RetireAsync()
    {
        lock (_lock)
        {
            _isRetired = true;
            CompleteIfUnused();
        }

        return _unused.Task;
    }

    private void CompleteIfUnused()
    {
        if (_isRetired && _users == 0)
        {
            _unused.TrySetResult();
        }
    }
}
