using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Tests;

/// <summary>A subject whose operation takes an exact time of a clock that stands still otherwise.</summary>
/// <param name="clock">The clock.</param>
/// <param name="costs">
/// What an operation of the first, second… opened instance takes; the last one's for all after.
/// </param>
internal sealed class KnownCost(FakeTimeProvider clock, params TimeSpan[] costs) : ISubject
{
    private int _opened;

    public string Name => "known cost";

    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult<IProbe>(new Probe(clock, costs[Math.Min(_opened++, costs.Length - 1)]));

    private sealed class Probe(FakeTimeProvider clock, TimeSpan cost) : SyncProbe(clock)
    {
        protected override void Operate(CancellationToken cancellationToken) => clock.Advance(cost);
    }
}
