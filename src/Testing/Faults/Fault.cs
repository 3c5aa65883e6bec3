using ThemisBridge.Core.Failures;

namespace ThemisBridge.Testing.Faults;

/// <summary>How a <see cref="FaultBackend"/> spoils one request. Immutable.</summary>
public sealed record Fault
{
    private Fault()
    {
    }

    /// <summary>No fault: the request goes through.</summary>
    public static Fault None { get; } = new();

    /// <summary>How many chunks pass before <see cref="Failure"/> or <see cref="Stalls"/>; null for all.</summary>
    public int? AfterChunks { get; private init; }

    /// <summary>What the request fails with; null for nothing.</summary>
    public BridgeFailure? Failure { get; private init; }

    /// <summary>The stage that the failure names.</summary>
    public FailureStage Stage { get; private init; }

    /// <summary>When the peer says to come back; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Whether nothing comes any more, until the request is cancelled.</summary>
    public bool Stalls { get; private init; }

    /// <summary>The wait before each chunk and before an answer that is no stream.</summary>
    public TimeSpan Delay { get; private init; }

    /// <summary>Nobody listens.</summary>
    public static Fault AtConnect() => FailWith(BridgeFailure.ConnectionFailed, FailureStage.Connect);

    /// <summary>The engine is at its limit.</summary>
    /// <param name="retryAfter">When it says to come back, or null.</param>
    public static Fault Busy(TimeSpan? retryAfter = null) =>
        FailWith(BridgeFailure.Busy, FailureStage.Admit) with { RetryAfter = retryAfter };

    /// <summary>The request was accepted and fails before its first chunk.</summary>
    /// <param name="failure">What it fails with.</param>
    public static Fault BeforeFirstChunk(BridgeFailure failure = BridgeFailure.EngineFailed) =>
        FailWith(failure, FailureStage.Prefill);

    /// <summary>The request fails after some chunks.</summary>
    /// <param name="chunks">How many pass, at least 1. A shorter answer passes whole and then fails all the same unless
    /// its last chunk has passed.</param>
    /// <param name="failure">What it fails with.</param>
    public static Fault AfterChunk(int chunks, BridgeFailure failure = BridgeFailure.ConnectionLost)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chunks, 1);
        return FailWith(failure, FailureStage.Stream) with { AfterChunks = chunks };
    }

    /// <summary>Nothing comes any more after some chunks; cancelling ends it.</summary>
    /// <param name="afterChunks">How many pass; 0 for none.</param>
    public static Fault Stall(int afterChunks = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterChunks);
        return new() { Stalls = true, AfterChunks = afterChunks };
    }

    /// <summary>Every chunk comes late.</summary>
    /// <param name="delay">The wait before each, on the backend's clock.</param>
    public static Fault Slow(TimeSpan delay) => new() { Delay = delay };

    /// <summary>Fails at a stage of the caller's choice before any chunk.</summary>
    /// <param name="failure">What it fails with.</param>
    /// <param name="stage">The stage that it names.</param>
    public static Fault FailWith(BridgeFailure failure, FailureStage stage) =>
        new() { Failure = failure, Stage = stage, AfterChunks = 0 };
}
