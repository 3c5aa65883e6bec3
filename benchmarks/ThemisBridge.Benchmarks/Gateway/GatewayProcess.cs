using System.Diagnostics;
using System.Globalization;

namespace ThemisBridge.Benchmarks.Gateway;

/// <summary>A gateway under test: its processes, and the CPU time they have used.</summary>
internal sealed class GatewayProcess(string name, Process process, int port) : IDisposable
{
    private const double MicrosecondsPerTick = 10_000;

    public string Name { get; } = name;

    public int Port { get; } = port;

    /// <summary>User and system time of the process and its children, in µs.</summary>
    public double CpuMicroseconds() => Tree(process.Id).Sum(TicksOf) * MicrosecondsPerTick;

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private static IEnumerable<int> Tree(int id) => Directory.EnumerateDirectories($"/proc/{id}/task")
        .SelectMany(task => File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .SelectMany(child => Tree(int.Parse(child, CultureInfo.InvariantCulture)))
        .Prepend(id);

    // Fields 14 and 15 of /proc/PID/stat, counted behind the name, which may hold anything.
    private static double TicksOf(int id)
    {
        string stat = File.ReadAllText($"/proc/{id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return double.Parse(fields[11], CultureInfo.InvariantCulture)
            + double.Parse(fields[12], CultureInfo.InvariantCulture);
    }
}
