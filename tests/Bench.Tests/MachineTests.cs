namespace ThemisBridge.Bench.Tests;

/// <summary>Tests that move this process between cores or start others run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MachineTests
{
    public const string Name = "machine";
}
