namespace ThemisBridge.Bench.Measuring;

/// <summary>In which order the roles take their blocks.</summary>
internal static class BlockOrder
{
    /// <summary>
    /// One cycle: every role once and then once more in reverse (baseline, ours, ours, baseline), so that a machine
    /// that grows steadily slower or faster favours nobody.
    /// </summary>
    /// <param name="roles">The roles that there are.</param>
    public static IReadOnlyList<ProbeRole> Cycle(IEnumerable<ProbeRole> roles)
    {
        ProbeRole[] forth = [.. roles.Order()];
        return [.. forth, .. forth.Reverse()];
    }
}
