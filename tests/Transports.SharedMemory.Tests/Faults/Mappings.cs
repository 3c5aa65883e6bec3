namespace ThemisBridge.Transports.SharedMemory.Tests.Faults;

/// <summary>What this process has mapped of segments, its own and others'. The tests that count run alone.</summary>
[CollectionDefinition(nameof(Mappings), DisableParallelization = true)]
public sealed class Mappings
{
    /// <summary>How many.</summary>
    public static int Count => File.ReadLines("/proc/self/maps")
        .Count(line => line.Contains("memfd:themis-bridge", StringComparison.Ordinal));
}
