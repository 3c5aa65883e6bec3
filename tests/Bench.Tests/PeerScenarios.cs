using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Tests;

/// <summary>What the peer process of the tests serves beside the program's own scenarios.</summary>
internal static class PeerScenarios
{
    /// <summary>A peer that dies in the middle of a block.</summary>
    public static IScenario Crashing { get; } = Of("crash", new BadPeer("crashing peer", PeerFault.Dies));

    /// <summary>A peer that stops answering in the middle of a block.</summary>
    public static IScenario Silent { get; } = Of("silent", new BadPeer("silent peer", PeerFault.FallsSilent));

    /// <summary>A peer that cannot serve at all.</summary>
    public static IScenario Refusing { get; } = Of("refuse", new BadPeer("refusing peer", PeerFault.CannotServe));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<IScenario> All { get; } = [Crashing, Silent, Refusing];

    private static BaselineScenario Of(string id, ISubject subject) =>
        new(new ScenarioInfo(id, id, "µs"), subject);
}
