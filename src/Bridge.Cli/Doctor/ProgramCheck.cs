using System.Reflection;
using System.Runtime.InteropServices;

namespace ThemisBridge.Cli.Doctor;

/// <summary>This program, what it runs on, and what builds it.</summary>
internal static class ProgramCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        string version = typeof(ProgramCheck).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        string? sdk = await ProgramOutput.FirstLineAsync("dotnet", ["--version"], cancellationToken);
        return
        [
            new("themis-bridge", FindingState.Ok, version),
            new(".NET runtime", FindingState.Ok,
                $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}"),
            sdk is null
                ? new(".NET SDK", FindingState.Warning, "not found",
                    "Only building needs it: install dotnet-sdk-10.0, or https://dot.net, and put dotnet on the PATH.")
                : new(".NET SDK", FindingState.Ok, sdk),
            Machine(),
        ];
    }

    private static Finding Machine()
    {
        // What a container's limits leave, in both numbers.
        double gibibytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30);
        return new("machine", FindingState.Ok, string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} logical CPUs, {gibibytes:0.0} GiB of memory for this process"));
    }
}
