namespace ThemisBridge.Bench.Scenarios;

/// <summary>How a target is judged.</summary>
internal enum TargetKind
{
    /// <summary>A cost beside the baseline's.</summary>
    RatioAtMost,

    /// <summary>A rate beside the baseline's.</summary>
    RatioAtLeast,

    /// <summary>The value itself.</summary>
    ValueAtMost,
}
