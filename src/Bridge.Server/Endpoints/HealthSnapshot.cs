using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.Endpoints;

/// <summary>
/// The health that <c>/health</c> tells: probed at most once a second, however many ask. Anybody may ask, and every
/// probe goes to every engine.
/// </summary>
internal sealed class HealthSnapshot(IThemisBridge bridge, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task<BackendHealth>? _probe;
    private long _probed;

    /// <summary>Whether at least one engine works.</summary>
    /// <param name="cancellationToken">Gives up waiting; the probe goes on for the others.</param>
    public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        Task<BackendHealth> probe;
        lock (_lock)
        {
            if (_probe is null || (_probe.IsCompleted && time.GetElapsedTime(_probed) >= Lifetime))
            {
                _probed = time.GetTimestamp();
                // Its own budget ends it.
                _probe = bridge.ProbeAsync(CancellationToken.None);
            }

            probe = _probe;
        }

        return (await probe.WaitAsync(cancellationToken)).IsHealthy;
    }
}
