using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Transports.SharedMemory;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>The rows of shared memory.</summary>
internal static class SharedMemoryRows
{
    /// <summary>S1, S2, S3, S6 and A1-shm.</summary>
    public static IReadOnlyList<IScenario> All { get; } =
    [
        new PairScenario(
            new ScenarioInfo("S1", "shared memory, parked, blocking waiter, 512 ids in and 100 out", "µs")
            {
                Target = Target.RatioAtMost(1.30),
            },
            new FutexPingPong(), new RingEcho("shared memory, parked", TimeSpan.Zero)),
        new PairScenario(
            new ScenarioInfo("S2", "shared memory, spinning, 512 ids in and 100 out", "µs")
            {
                Placements = [Placement.Spread, Placement.Free],
                Target = Target.RatioAtMost(2.5),
            },
            new SpinPingPong(), new RingEcho("shared memory, adaptive", new SharedMemoryOptions().SpinWindow)),
        new PairScenario(
            new ScenarioInfo("S3", "shared memory, parked, public contract, 512 ids in and 100 out", "µs")
            {
                Target = Target.RatioAtMost(1.5),
            },
            new FutexHopPingPong(), new FrameCall()),
        new PairScenario(
            new ScenarioInfo("S6", "shared memory, futex calls, consumer hot, one stream", "calls/token")
            {
                Placements = [Placement.Single, Placement.Free],
                Target = Target.ValueAtMost(0.1, "calls/token"),
            },
            baseline: null, new CallsPerToken()),
        new AllocationScenario(),
    ];
}
