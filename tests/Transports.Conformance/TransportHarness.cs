using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Conformance;

/// <summary>A transport under test: a server around an engine, and a backend that reaches it.</summary>
public abstract class TransportHarness : IAsyncDisposable
{
    /// <summary>The kind that the backend's descriptor must report.</summary>
    public abstract string Kind { get; }

    /// <summary>How many chunks an engine may be ahead of a reader that does not read, at one token a chunk.</summary>
    public abstract int MostChunksAhead { get; }

    /// <summary>Why the server cannot be drained, or null.</summary>
    public virtual string? CannotDrain => null;

    /// <summary>Why the number of open requests cannot be limited, or null.</summary>
    public virtual string? CannotLimitRequests => null;

    /// <summary>Serves an engine and gives a backend to it. Once.</summary>
    /// <param name="engine">Who answers.</param>
    /// <param name="maxRequests">How many requests the server lets be open, where it can limit them.</param>
    public abstract Task<IInferenceBackend> ConnectAsync(IInferenceBackend engine, int maxRequests = 1024);

    /// <summary>A backend to an address where nobody listens.</summary>
    public abstract IInferenceBackend ConnectToNobody();

    /// <summary>Ends the server without notice, as a dead process does.</summary>
    public abstract Task KillAsync();

    /// <summary>Starts a server for the same engine at the same address.</summary>
    public abstract Task RestartAsync();

    /// <summary>Shuts the server down in good order.</summary>
    /// <param name="limit">How long running requests may still take.</param>
    public abstract Task DrainAsync(TimeSpan limit);

    /// <summary>Waits until the backend no longer counts a failed connection as too recent to try again.</summary>
    public abstract Task BackoffAsync();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
