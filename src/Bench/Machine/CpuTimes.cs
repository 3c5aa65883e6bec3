using System.Globalization;

namespace ThemisBridge.Bench.Machine;

/// <summary>The kernel's count of where the cores' time went, in ticks since the start.</summary>
/// <param name="Total">All of it.</param>
/// <param name="Stolen">What the hypervisor gave to others while we wanted to run.</param>
internal readonly record struct CpuTimes(long Total, long Stolen)
{
    private const int CountedFields = 8;
    private const int StealField = 7;

    /// <summary>
    /// Reads the first line of <c>/proc/stat</c>. Guest time is part of user time and not counted twice.
    /// </summary>
    /// <exception cref="FormatException">It is not of that form.</exception>
    public static CpuTimes Parse(string stat)
    {
        var fields = stat.Split('\n', 2)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length <= CountedFields || fields[0] != "cpu")
            throw new FormatException("/proc/stat does not begin with the sum of all cores");
        long[] ticks = [.. fields.Skip(1).Take(CountedFields)
            .Select(field => long.Parse(field, CultureInfo.InvariantCulture))];
        return new CpuTimes(ticks.Sum(), ticks[StealField]);
    }

    /// <summary>How much of the time since an earlier reading was stolen, in percent.</summary>
    public double StealPercentSince(CpuTimes earlier) =>
        Total == earlier.Total ? 0 : 100.0 * (Stolen - earlier.Stolen) / (Total - earlier.Total);
}
