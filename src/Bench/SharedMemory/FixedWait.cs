using ThemisBridge.Transports.SharedMemory.Rings;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>A policy that learns nothing: it always spins so long, and then sleeps.</summary>
/// <param name="window">How long.</param>
internal sealed class FixedWait(TimeSpan window) : IWaitPolicy
{
    /// <inheritdoc/>
    public long Next() => window.Ticks;

    /// <inheritdoc/>
    public void Learn(bool spun, bool succeeded, long took)
    {
    }
}
