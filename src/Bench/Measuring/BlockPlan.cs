namespace ThemisBridge.Bench.Measuring;

/// <summary>How much is measured, and for how long at most.</summary>
internal sealed record BlockPlan
{
    /// <summary>The run that a reader waits for: a few hundred operations a block.</summary>
    public static BlockPlan Quick { get; } = new()
    {
        Cycles = 4,
        Ops = 400,
        WarmUpOps = 2_000,
        WarmUpTime = TimeSpan.FromSeconds(0.4),
        BlockDeadline = TimeSpan.FromSeconds(10),
        Total = TimeSpan.FromSeconds(42),
    };

    /// <summary>The run that is published: 20 blocks of 2,000 operations a role.</summary>
    public static BlockPlan Full { get; } = new()
    {
        Cycles = 10,
        Ops = 2_000,
        WarmUpOps = 15_000,
        WarmUpTime = TimeSpan.FromSeconds(3),
        BlockDeadline = TimeSpan.FromSeconds(60),
        Total = TimeSpan.FromMinutes(14.5),
    };

    /// <summary>A block of fewer operations has no p99 worth the name, and a p50 that one interruption moves.</summary>
    public const int LeastOps = 20;

    /// <summary>Fewer cycles than this show nothing; a row ends with them even when its time is up.</summary>
    public const int LeastCycles = 2;

    /// <summary>Cycles of blocks; every role has two blocks in each.</summary>
    public required int Cycles { get; init; }

    /// <summary>Operations in a block, at most; fewer where the row's share of the time does not allow them.</summary>
    public required int Ops { get; init; }

    /// <summary>Operations that each role runs before it counts, at most.</summary>
    public required int WarmUpOps { get; init; }

    /// <summary>
    /// How long a row warms up at least, if its share allows: the just-in-time compiler replaces code by the clock, and
    /// thousands of operations of a microsecond are over before it has begun.
    /// </summary>
    public TimeSpan WarmUpTime { get; init; }

    /// <summary>
    /// While a baseline differs from itself, measure on, up to this many times the planned cycles. Every block counts:
    /// nothing is thrown away and tried again.
    /// </summary>
    public int MaxExtension { get; init; } = 3;

    /// <summary>A block, or the opening of a probe, that takes longer has failed.</summary>
    public required TimeSpan BlockDeadline { get; init; }

    /// <summary>The whole run's time, shared evenly among the rows that are left.</summary>
    public required TimeSpan Total { get; init; }
}
