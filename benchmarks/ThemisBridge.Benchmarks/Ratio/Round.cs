using System.Diagnostics;

namespace ThemisBridge.Benchmarks.Ratio;

/// <summary>What one round of one side cost, and what it did.</summary>
/// <param name="Seconds">The cost that is compared.</param>
/// <param name="Work">A number that both sides must agree on.</param>
internal readonly record struct Round(double Seconds, long Work)
{
    /// <summary>A round whose cost is its time.</summary>
    public static async Task<Round> TimeAsync(Func<Task<long>> work)
    {
        long start = Stopwatch.GetTimestamp();
        long done = await work();
        return new Round(Stopwatch.GetElapsedTime(start).TotalSeconds, done);
    }
}
