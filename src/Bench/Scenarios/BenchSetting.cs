using ThemisBridge.Bench.Peers;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>What all rows of a run share.</summary>
/// <param name="Directory">The run's own directory, 0700.</param>
/// <param name="Host">How a peer is started.</param>
/// <param name="PythonPath">The interpreter of the Python baselines.</param>
/// <param name="SidecarFolder">Where the sidecar's sources are.</param>
/// <param name="Clock">The clock of samples, deadlines and budgets.</param>
internal sealed record BenchSetting(
    string Directory, PeerHost Host, string PythonPath, string SidecarFolder, TimeProvider Clock);
