using System.Globalization;

namespace ThemisBridge.Bench.Placing;

/// <summary>The kernel's way to write sets of cores: <c>0-3,8</c>.</summary>
internal static class CpuList
{
    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">It is not of that form.</exception>
    public static IReadOnlyList<int> Parse(string text)
    {
        var cpus = new List<int>();
        foreach (var part in text.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            var last = int.Parse(ends[^1], CultureInfo.InvariantCulture);
            cpus.AddRange(Enumerable.Range(first, last - first + 1));
        }
        return cpus;
    }
}
