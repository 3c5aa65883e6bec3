using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Sidecar;

/// <summary>What is measured of the sidecar itself, the one in Python.</summary>
internal static class SidecarRows
{
    /// <summary>All of them, in the order of the report.</summary>
    public static IReadOnlyList<IScenario> All { get; } =
    [
        new PairScenario(
            new ScenarioInfo("T1", "the sidecar's egress per token, 64 streams", "µs/token")
            {
                Placements = [Placement.Single],
                Target = Target.RatioAtMost(1.0 / 30),
            },
            new SseEgress(), new FrameEgress()),
        new PairScenario(
            new ScenarioInfo("T4-sidecar", "notice of a step after 1 ms, sidecar to .NET consumer", "µs")
            {
                Target = Target.RatioAtMost(1.3),
            },
            new SocketNotify(), new SidecarStepNotify()),
        Call("S5-sidecar", "shared memory to the sidecar, public contract, beside the published layout", true),
        Call("S5-sidecar-uds", "the same over the Unix socket", false),
    ];

    private static PairScenario Call(string id, string name, bool throughMemory) => new(
        new ScenarioInfo(id, name, "µs") { Placements = [Placement.Packed, Placement.Spread] },
        new PublishedLayout(), new SidecarCall(throughMemory));
}
