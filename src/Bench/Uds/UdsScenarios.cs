using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Uds;

/// <summary>What is measured of the frames and of their transport over a Unix socket.</summary>
internal static class UdsScenarios
{
    /// <summary>Peer and client are both ours: docs/benchmarks.md says what a Python peer changes.</summary>
    public static IReadOnlyList<IScenario> All { get; } =
    [
        new PairScenario(
            new ScenarioInfo("U1", "frames on a blocking Unix socket, 512 ids in and 100 out, round trip", "µs")
            {
                Target = Target.RatioAtMost(1.3),
            },
            new SocketPingPong(FramesExchange.Size), new BlockingFrames()),
        new PairScenario(
            new ScenarioInfo("U2", "frames over a Unix socket, async contract, round trip", "µs")
            {
                Target = Target.RatioAtMost(1.3),
            },
            new AsyncSocketPingPong(FramesExchange.Size), new FramesCall()),
        new PairScenario(
            new ScenarioInfo("U3", "system calls that move bytes on the socket, the busier side", "calls/request")
            {
                Placements = [Placement.Packed, Placement.Spread],
                Target = Target.ValueAtMost(2, "calls/request"),
            },
            null, new SystemCallCount()),
        new AllocationScenario(),
        new PairScenario(
            new ScenarioInfo("B1", "bytes of a REQUEST of 8,192 ids", "B/token")
            {
                Placements = [Placement.Single],
                Target = Target.ValueAtMost(4.1, "B/token"),
            },
            null, new RequestSize()),
        new PairScenario(
            new ScenarioInfo("B2", "bytes of STEP frames, ids only, 16 streams", "B/token")
            {
                Placements = [Placement.Packed, Placement.Spread],
                Target = Target.ValueAtMost(12, "B/token"),
            },
            null, new StepSize()),
        new PairScenario(
            new ScenarioInfo("T4", "notice of a step after 1 ms, engine to consumer, .NET to .NET", "µs")
            {
                Target = Target.RatioAtMost(1.3),
            },
            new HoppedNotify(), new StepNotify()),
        new PairScenario(
            new ScenarioInfo("S8", "kill -9 of the listener to the typed failure of an open stream", "ms")
            {
                Placements = [Placement.Spread],
                IsFullOnly = true,
                Target = Target.ValueAtMost(50, "ms"),
            },
            null, new Recovery(throughMemory: false)),
    ];
}
