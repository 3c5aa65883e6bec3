namespace ThemisBridge.Bench.Placing;

/// <summary>
/// Holds this process and its peers on their cores; on disposal this process may use its old ones again.
/// </summary>
internal sealed class PlacementScope : IDisposable
{
    private readonly IReadOnlyList<int> _before;

    private PlacementScope(IReadOnlyList<int> before) => _before = before;

    /// <summary>Puts the processes where the placement wants them.</summary>
    /// <param name="placement">Where.</param>
    /// <param name="cpus">The run's two cores. <see cref="Placement.Spread"/> needs both.</param>
    /// <param name="peers">The process ids of the far side.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The kernel refused.</exception>
    public static PlacementScope Apply(Placement placement, CpuPair cpus, IReadOnlyList<int> peers)
    {
        var before = Affinity.Get();
        var scope = new PlacementScope(before);
        if (placement == Placement.Free)
            return scope;

        var far = placement == Placement.Spread
            ? cpus.Far ?? throw new InvalidOperationException("Spread needs a second core.")
            : cpus.Near;
        foreach (var peer in peers)
            Affinity.SetForProcess(peer, [far]);
        Affinity.SetForProcess(Environment.ProcessId, [cpus.Near]);
        return scope;
    }

    /// <inheritdoc/>
    public void Dispose() => Affinity.SetForProcess(Environment.ProcessId, _before);
}
