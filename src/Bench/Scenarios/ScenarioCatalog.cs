using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Http;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.SharedMemory;
using ThemisBridge.Bench.Sidecar;
using ThemisBridge.Bench.Uds;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>Everything that can be measured, cheapest first. A transport joins by one line here.</summary>
internal static class ScenarioCatalog
{
    /// <summary>Far below what either can carry on two cores: what is measured is the waiting, not the limit.</summary>
    private static readonly OpenLoopLoad Load = new(CallsPerSecond: 1_000, MaxInFlight: 64);

    private static readonly ISubject HttpOverTcp = new HttpEcho(EchoSize.Completion, overUnixSocket: false);
    private static readonly ISubject GrpcOverTcp = new GrpcEcho(overUnixSocket: false);

    /// <summary>All of them, in the order of the report.</summary>
    public static IReadOnlyList<IScenario> All { get; } =
    [
        Rate("base-memcpy-64k", "copy of 64 KiB, in cache", new MemoryCopy(64 * 1024)),
        Rate("base-memcpy-64m", "copy of 64 MiB, in memory", new MemoryCopy(64 * 1024 * 1024)),
        Rate("base-sha256", "SHA-256 of 1 MiB", new Sha256Rate()),
        RoundTrip("base-spin", "spinning ring", new SpinPingPong(), Placement.Spread, Placement.Free),
        RoundTrip("base-futex", "futex", new FutexPingPong()),
        RoundTrip("base-uds-sync", "blocking Unix socket", new SocketPingPong(EchoSize.Ids)),
        RoundTrip("base-uds-async", "awaited Unix socket", new AsyncSocketPingPong(EchoSize.Ids)),
        RoundTrip("base-http-tcp", "HttpClient and Kestrel over TCP", HttpOverTcp),
        RoundTrip(
            "base-http-uds", "HttpClient and Kestrel over a Unix socket",
            new HttpEcho(EchoSize.Completion, overUnixSocket: true)),
        RoundTrip("base-grpc-tcp", "grpc-dotnet over TCP", GrpcOverTcp),
        RoundTrip("base-grpc-uds", "grpc-dotnet over a Unix socket", new GrpcEcho(overUnixSocket: true)),
        UnderLoad("base-http-load", "HttpClient and Kestrel over TCP", HttpOverTcp),
        UnderLoad("base-grpc-load", "grpc-dotnet over TCP", GrpcOverTcp),
        new BaselineScenario(
            new ScenarioInfo("base-sse-python", "server-sent events from Python, 64 streams", "µs/token")
            {
                Placements = [Placement.Single],
            },
            new SseEgress()),
        Notice("base-notify-futex", "futex notice after 1 ms, Python to .NET", new FutexNotify()),
        Notice("base-notify-uds", "socket notice after 1 ms, Python to .NET", new SocketNotify()),
        new StreamParseScenario(),
        new CompletionScenario(),
        .. UdsScenarios.All,
        .. SharedMemoryRows.All,
        .. SidecarRows.All,
    ];

    private static BaselineScenario Rate(string id, string name, ISubject subject) => new(
        new ScenarioInfo(id, name, "GB/s") { Better = Better.Higher, Placements = [Placement.Single] }, subject);

    private static BaselineScenario RoundTrip(
        string id, string name, ISubject subject, params IReadOnlyList<Placement> placements)
    {
        var info = new ScenarioInfo(id, $"{name}, round trip", "µs");
        return new(placements.Count == 0 ? info : info with { Placements = placements }, subject);
    }

    private static BaselineScenario UnderLoad(string id, string name, ISubject subject) => new(
        new ScenarioInfo(id, $"{name}, open loop of {Load.CallsPerSecond}/s", "µs") { IsFullOnly = true },
        new OpenLoopSubject(subject, Load));

    private static BaselineScenario Notice(string id, string name, ISubject subject) =>
        new(new ScenarioInfo(id, name, "µs"), subject);
}
