namespace ThemisBridge.Core.Failures;

/// <summary>What became of one attempt: one try of one request on one engine over one transport.</summary>
/// <param name="Id">The attempt id, <c>{request}-{n}</c>; the only id that the engine saw.</param>
/// <param name="Engine">The engine's configured name.</param>
/// <param name="Transport">The kind of transport: <c>http</c>, <c>uds</c>, <c>native</c> and so on.</param>
/// <param name="Failure">Why it failed, or null when it answered.</param>
/// <param name="Duration">From the start of the attempt to its first chunk or its failure.</param>
public sealed record AttemptRecord(
    string Id, string Engine, string Transport, BridgeFailure? Failure, TimeSpan Duration);
