using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Bench.Uds;
using ThemisBridge.Transports.SharedMemory;
using ThemisBridge.Transports.SharedMemory.Rings;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>The rows of shared memory.</summary>
internal static class SharedMemoryRows
{
    private static readonly TimeSpan Spin = new SharedMemoryOptions().SpinWindow;

    private static readonly RingEcho Parked = new("shared memory, parked", static () => new WaitPolicy(TimeSpan.Zero));
    private static readonly RingEcho Adaptive = new("shared memory, adaptive", static () => new WaitPolicy(Spin));

    /// <summary>S1 to S8 and A1-shm.</summary>
    public static IReadOnlyList<IScenario> All { get; } =
    [
        Row("S1", "shared memory, parked, blocking waiter, 512 ids in and 100 out", Target.RatioAtMost(1.30),
            new FutexPingPong(), Parked),
        // Free may well be one core for both.
        Row("S2", "shared memory, spinning, 512 ids in and 100 out", Target.RatioAtMost(2.5),
            new SpinPingPong(), Adaptive, Placement.Spread),
        Row("S3", "shared memory, parked, public contract, 512 ids in and 100 out", Target.RatioAtMost(1.5),
            new FutexHopPingPong(), new FrameCall()),
        Row("S4", "shared memory, adaptive wait beside the better fixed one", Target.RatioAtMost(1.25),
            Fixed(isBesideBusy: false), Adaptive, Placement.Packed, Placement.Spread),
        Row("S4-busy", "the same, another thread on either core", Target.RatioAtMost(1.25),
            Fixed(isBesideBusy: true),
            new RingEcho("shared memory, adaptive, cores busy", static () => new WaitPolicy(Spin), isBesideBusy: true),
            Placement.Spread),
        Row("S5", "shared memory, adaptive, beside the published layout", Target.RatioAtMost(0.25),
            new PublishedLayout(), Adaptive, Placement.Spread),
        Row("S5-parked", "shared memory, parked, beside the published layout", Target.RatioAtMost(1),
            new PublishedLayout(), Parked, Placement.Packed, Placement.Spread),
        new PairScenario(
            new ScenarioInfo("S6", "shared memory, futex calls, consumer hot, one stream", "calls/token")
            {
                Placements = [Placement.Single, Placement.Free],
                Target = Target.ValueAtMost(0.1, "calls/token"),
            },
            baseline: null, new CallsPerToken()),
        Throughput("S7-small", StreamSize.Small),
        Throughput("S7-large", StreamSize.Large),
        new PairScenario(
            new ScenarioInfo("S8-shm", "kill -9 of the listener to the typed failure, in shared memory", "ms")
            {
                Placements = [Placement.Spread],
                IsFullOnly = true,
                Target = Target.ValueAtMost(50, "ms"),
            },
            baseline: null, new Recovery(throughMemory: true)),
        new AllocationScenario(),
    ];

    private static PairScenario Row(
        string id, string name, Target target, ISubject baseline, ISubject ours,
        params IReadOnlyList<Placement> placements)
    {
        var info = new ScenarioInfo(id, name, "µs") { Target = target };
        return new(placements.Count == 0 ? info : info with { Placements = placements }, baseline, ours);
    }

    private static PairScenario Throughput(string id, StreamSize size) => new(
        new ScenarioInfo(id, $"shared memory, frames of {size.RecordBytes} bytes one way", "M/s")
        {
            Better = Better.Higher,
            Placements = [Placement.Spread],
            Target = Target.RatioAtLeast(0.35),
        },
        new RawStream(size), new RingStream(size));

    private static BestOf Fixed(bool isBesideBusy)
    {
        var where = isBesideBusy ? ", cores busy" : "";
        return new BestOf(
            $"the better fixed policy{where}",
            new RingEcho($"never spins{where}", static () => new FixedWait(TimeSpan.Zero), isBesideBusy),
            new RingEcho($"always spins{where}", static () => new FixedWait(Spin), isBesideBusy));
    }
}
