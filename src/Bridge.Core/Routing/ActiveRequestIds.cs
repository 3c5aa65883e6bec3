using System.Collections.Concurrent;

namespace ThemisBridge.Core.Routing;

/// <summary>
/// The ids of the requests that run. An engine may mix up two requests of one id, so a caller's id that is in use
/// already gets an addition of ours.
/// </summary>
internal sealed class ActiveRequestIds(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, bool> _active = new(StringComparer.Ordinal);

    /// <summary>An id that no other running request has. Disposing gives it back.</summary>
    /// <param name="wanted">The caller's id, or null for a new one.</param>
    public RequestIdLease Take(string? wanted)
    {
        string id = wanted ?? NewId();
        if (!_active.TryAdd(id, true))
        {
            id = $"{id}.{NewId()}";
            _active[id] = true;
        }

        return new RequestIdLease(id, this);
    }

    /// <summary>The request is over.</summary>
    public void Return(string id) => _active.TryRemove(id, out _);

    private string NewId() => Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
}
