using System.Globalization;

namespace ThemisBridge.NativeFallback.Internal;

/// <summary>
/// How many threads a decode should have. llama.cpp's threads wait for each other by spinning, so one too many costs
/// far more than one too few.
/// </summary>
internal static class CpuTopology
{
    /// <summary>The physical cores that this process may use, less one for everything else, at least 1.</summary>
    public static int DefaultThreads() =>
        DefaultThreads("/sys/devices/system/cpu", "/proc/self/status", Environment.ProcessorCount);

    /// <summary>The same from given files.</summary>
    /// <param name="cpuFolder">The kernel's folder of processors.</param>
    /// <param name="statusFile">The process's status, which names the processors it may run on.</param>
    /// <param name="share">What .NET counts: the affinity, cut by the quota of cgroup v1 or v2.</param>
    internal static int DefaultThreads(string cpuFolder, string statusFile, int share) =>
        Math.Max(1, Math.Min(PhysicalCores(cpuFolder, statusFile) ?? share, share) - 1);

    private static int? PhysicalCores(string cpuFolder, string statusFile)
    {
        try
        {
            string allowed =
                File.ReadLines(statusFile)
                .First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
            HashSet<(string Package, string Core)> cores = [];
            foreach (int cpu in ParseList(allowed[(allowed.IndexOf(':', StringComparison.Ordinal) + 1)..]))
            {
                string topology = Path.Combine(cpuFolder, $"cpu{cpu}", "topology");
                cores.Add((
                    File.ReadAllText(Path.Combine(topology, "physical_package_id")),
                    File.ReadAllText(Path.Combine(topology, "core_id"))));
            }

            return cores.Count > 0 ? cores.Count : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException
            or InvalidOperationException)
        {
            // Containers may hide these files; .NET's own count is the next best.
            return null;
        }
    }

    // The kernel's list format: 0-3,8
    private static IEnumerable<int> ParseList(string list)
    {
        foreach (string part in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            int first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            int last = int.Parse(ends[^1], CultureInfo.InvariantCulture);
            for (int cpu = first; cpu <= last; cpu++)
            {
                yield return cpu;
            }
        }
    }
}
