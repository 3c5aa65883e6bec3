namespace ThemisBridge.Bench.Scenarios;

/// <summary>A scenario cannot run on this machine; that is no failure.</summary>
/// <param name="message">What is missing.</param>
internal sealed class SkippedException(string message) : Exception(message);
