namespace ThemisBridge.Core.Routing;

/// <summary>An id in use, until it is disposed.</summary>
internal readonly struct RequestIdLease(string id, ActiveRequestIds ids) : IDisposable
{
    public string Id { get; } = id;

    public void Dispose() => ids.Return(Id);
}
