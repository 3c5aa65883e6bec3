using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Contracts;

/// <summary>What became of an adapter on one engine.</summary>
/// <param name="Engine">The engine's configured name.</param>
/// <param name="Failure">Why it failed, or null when it succeeded.</param>
public sealed record AdapterOutcome(string Engine, BridgeException? Failure);
