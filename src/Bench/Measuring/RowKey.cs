using ThemisBridge.Bench.Placing;

namespace ThemisBridge.Bench.Measuring;

/// <summary>One row of the report: a scenario in one placement.</summary>
internal readonly record struct RowKey(string Id, Placement Placement);
