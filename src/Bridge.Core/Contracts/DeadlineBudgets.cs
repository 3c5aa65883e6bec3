namespace ThemisBridge.Core.Contracts;

/// <summary>
/// How long each part of a request may take. A budget that runs out ends the request in the engine and is
/// <see cref="Failures.BridgeFailure.DeadlineExceeded"/>. Null takes the bridge's configured value;
/// <see cref="Timeout.InfiniteTimeSpan"/> is no limit.
/// </summary>
public sealed record DeadlineBudgets
{
    /// <summary>Everything left to the configuration.</summary>
    public static DeadlineBudgets Unset { get; } = new();

    /// <summary>The longest finite budget: what a timer can hold.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromHours(24);

    /// <summary>To make a connection. Enforced by transports, per attempt.</summary>
    public TimeSpan? Connect { get; init; }

    /// <summary>From the start of an attempt to its first chunk, queueing and prefill included; per attempt.</summary>
    public TimeSpan? FirstToken { get; init; }

    /// <summary>From one chunk to the next, counted only while the caller waits for it.</summary>
    public TimeSpan? Idle { get; init; }

    /// <summary>For the whole request with all its attempts.</summary>
    public TimeSpan? Total { get; init; }

    /// <summary>These budgets, with each one left out taken from <paramref name="fallback"/>.</summary>
    /// <param name="fallback">The values to fill in.</param>
    public DeadlineBudgets Or(DeadlineBudgets fallback) => ReferenceEquals(this, Unset)
        ? fallback
        : new DeadlineBudgets
        {
            Connect = Connect ?? fallback.Connect,
            FirstToken = FirstToken ?? fallback.FirstToken,
            Idle = Idle ?? fallback.Idle,
            Total = Total ?? fallback.Total,
        };
}
