namespace ThemisBridge.Bench.Measuring;

/// <summary>An open-loop load.</summary>
/// <param name="CallsPerSecond">How many calls are sent, evenly spaced, whatever comes back.</param>
/// <param name="MaxInFlight">How many may be unanswered; past that the sending waits.</param>
internal sealed record OpenLoopLoad(double CallsPerSecond, int MaxInFlight);
