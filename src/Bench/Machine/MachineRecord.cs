namespace ThemisBridge.Bench.Machine;

/// <summary>The machine of a run. docs/bench-schema.json documents every field.</summary>
internal sealed record MachineRecord
{
    public required string Cpu { get; init; }
    public required string Architecture { get; init; }
    public required int LogicalCpus { get; init; }
    public required IReadOnlyList<int> AllowedCpus { get; init; }
    public required int NearCpu { get; init; }
    public required int? FarCpu { get; init; }
    public required bool FarIsSibling { get; init; }
    public required bool Virtualised { get; init; }
    public required string? Governor { get; init; }
    public required string Kernel { get; init; }
    public required string Runtime { get; init; }
    public required long MemoryBytes { get; init; }
    public required IReadOnlyList<double> LoadBefore { get; init; }
    public required IReadOnlyList<double> LoadAfter { get; init; }
    public required double StealPercent { get; init; }
    public required double? CpuPressurePercent { get; init; }
}
