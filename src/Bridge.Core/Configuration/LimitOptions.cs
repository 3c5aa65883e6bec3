using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Core.Configuration;

/// <summary>
/// Time budgets for requests that bring none. Each is above zero and at most 24 hours;
/// <c>-00:00:00.001</c> (<see cref="Timeout.InfiniteTimeSpan"/>) is no limit.
/// </summary>
public sealed class LimitOptions
{
    /// <summary>To make a connection. Default: 2 seconds; a local engine needs far less, a dead host none.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>To the first chunk of an attempt, queueing and prefill included. Default: 2 minutes.</summary>
    public TimeSpan FirstTokenTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>From chunk to chunk. Default: 30 seconds; a token takes milliseconds, so longer is a frozen
    /// engine.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For a whole request with all its attempts. Default: 10 minutes.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromMinutes(10);

    internal DeadlineBudgets ToBudgets() => new()
    {
        Connect = ConnectTimeout,
        FirstToken = FirstTokenTimeout,
        Idle = IdleTimeout,
        Total = TotalTimeout,
    };
}
