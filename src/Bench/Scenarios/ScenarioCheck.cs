namespace ThemisBridge.Bench.Scenarios;

/// <summary>One thing that must hold beside the target.</summary>
/// <param name="Passed">Whether it does.</param>
/// <param name="Note">What was found, for the report.</param>
internal sealed record ScenarioCheck(bool Passed, string Note);
