namespace ThemisBridge.Bench.Placing;

/// <summary>The two cores of a run.</summary>
/// <param name="Near">The measuring process's core.</param>
/// <param name="Far">The peer's core when spread; null where this process may use one core only.</param>
/// <param name="FarIsSibling">Whether both are hardware threads of one physical core.</param>
internal sealed record CpuPair(int Near, int? Far, bool FarIsSibling)
{
    /// <summary>Picks two cores, preferably of two physical ones.</summary>
    /// <param name="allowed">The cores this process may use, ascending; not empty.</param>
    /// <param name="siblings">For a core, the hardware threads of its physical core.</param>
    public static CpuPair Choose(IReadOnlyList<int> allowed, Func<int, IReadOnlyList<int>> siblings)
    {
        var near = allowed[0];
        var shared = siblings(near);
        foreach (var cpu in allowed.Skip(1))
        {
            if (!shared.Contains(cpu))
                return new CpuPair(near, cpu, FarIsSibling: false);
        }
        return allowed.Count > 1 ? new CpuPair(near, allowed[1], FarIsSibling: true) : new CpuPair(near, null, false);
    }

    /// <summary>
    /// The hardware threads of a core's physical core, as the kernel tells; the core alone if it does not.
    /// </summary>
    public static IReadOnlyList<int> SiblingsOf(int cpu)
    {
        var path = $"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list";
        return File.Exists(path) ? CpuList.Parse(File.ReadAllText(path)) : [cpu];
    }
}
