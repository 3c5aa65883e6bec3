using System.Globalization;
using System.Runtime.InteropServices;
using ThemisBridge.Bench.Placing;

namespace ThemisBridge.Bench.Machine;

/// <summary>Reads what the kernel tells of the machine, at the run's beginning and at its end.</summary>
internal sealed class MachineProbe
{
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly IReadOnlyList<double> _load = Load();
    private readonly CpuTimes _times = CpuTimes.Parse(File.ReadAllText("/proc/stat"));
    private readonly long? _pressure = PressureMicroseconds();

    /// <summary>Begins.</summary>
    /// <param name="clock">Measures the time between beginning and end.</param>
    public MachineProbe(TimeProvider clock)
    {
        _clock = clock;
        _start = clock.GetTimestamp();
    }

    /// <summary>The record of the time since the beginning.</summary>
    /// <param name="allowed">The cores that this process may use.</param>
    /// <param name="cpus">The run's two cores.</param>
    public MachineRecord Finish(IReadOnlyList<int> allowed, CpuPair cpus)
    {
        var info = File.Exists("/proc/cpuinfo") ? File.ReadAllText("/proc/cpuinfo") : "";
        var microseconds = _clock.GetElapsedTime(_start).TotalMicroseconds;
        return new MachineRecord
        {
            Cpu = CpuInfoField(info, "model name") ?? CpuInfoField(info, "CPU part") ?? "unknown",
            Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
            LogicalCpus = ReadOrNull("/sys/devices/system/cpu/online") is { } online
                ? CpuList.Parse(online).Count
                : Environment.ProcessorCount,
            AllowedCpus = allowed,
            NearCpu = cpus.Near,
            FarCpu = cpus.Far,
            FarIsSibling = cpus.FarIsSibling,
            Virtualised = CpuInfoField(info, "flags")?.Split(' ').Contains("hypervisor") ?? false,
            Governor = ReadOrNull($"/sys/devices/system/cpu/cpu{cpus.Near}/cpufreq/scaling_governor"),
            Kernel = Environment.OSVersion.Version.ToString(),
            Runtime = RuntimeInformation.FrameworkDescription,
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            LoadBefore = _load,
            LoadAfter = Load(),
            StealPercent = Math.Round(CpuTimes.Parse(File.ReadAllText("/proc/stat")).StealPercentSince(_times), 2),
            CpuPressurePercent = _pressure is { } before && PressureMicroseconds() is { } after && microseconds > 0
                ? Math.Round(100 * (after - before) / microseconds, 2)
                : null,
        };
    }

    /// <summary>A field of the first processor in <c>/proc/cpuinfo</c>; null when it has none of that name.</summary>
    internal static string? CpuInfoField(string info, string name)
    {
        foreach (var line in info.Split('\n'))
        {
            if (line.Split(':', 2) is [var field, var value] && field.Trim() == name)
                return value.Trim();
        }
        return null;
    }

    /// <summary>The total of the first line of a pressure file: how long some thread waited for a core.</summary>
    internal static long? PressureTotal(string pressure)
    {
        const string Name = "total=";
        var field = pressure.Split('\n', 2)[0].Split(' ')
            .FirstOrDefault(part => part.StartsWith(Name, StringComparison.Ordinal));
        return field is null ? null : long.Parse(field.AsSpan(Name.Length), CultureInfo.InvariantCulture);
    }

    private static long? PressureMicroseconds() =>
        ReadOrNull("/proc/pressure/cpu") is { } text ? PressureTotal(text) : null;

    private static IReadOnlyList<double> Load() =>
        [.. File.ReadAllText("/proc/loadavg").Split(' ').Take(3)
            .Select(part => double.Parse(part, CultureInfo.InvariantCulture))];

    private static string? ReadOrNull(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (IOException)
        {
            // A kernel built with pressure accounting but started without it refuses the reading.
            return null;
        }
    }
}
