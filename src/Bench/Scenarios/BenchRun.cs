using System.Reflection;
using ThemisBridge.Bench.Machine;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Reporting;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>Measures row after row within the plan's time and makes the report.</summary>
/// <param name="options">Which rows.</param>
/// <param name="plan">How much of each.</param>
/// <param name="scenarios">What there is.</param>
/// <param name="setting">What all rows share.</param>
/// <param name="sink">Takes the raw samples.</param>
internal sealed class BenchRun(
    BenchOptions options, BlockPlan plan, IReadOnlyList<IScenario> scenarios, BenchSetting setting, IBlockSink sink)
{
    private readonly IReadOnlyList<int> _allowed = Affinity.Get();

    /// <summary>Runs. ^C ends it early with a report that says so.</summary>
    /// <param name="progress">Told what is measured and how far it is; called between blocks.</param>
    /// <param name="cancellationToken">^C.</param>
    public async Task<BenchReport> RunAsync(IRunProgress progress, CancellationToken cancellationToken)
    {
        var clock = setting.Clock;
        var cpus = CpuPair.Choose(_allowed, CpuPair.SiblingsOf);
        var machine = new MachineProbe(clock);
        var started = clock.GetUtcNow();
        var start = clock.GetTimestamp();
        var rows = Rows(cpus);
        var runner = new RowRunner(setting, plan, cpus, options.Seed, sink);
        var results = new List<BenchResult>();
        var partial = false;
        for (var i = 0; i < rows.Count && !partial; i++)
        {
            var (scenario, placement) = rows[i];
            progress.Begin($"{scenario.Info.Id} ({Words.Of(placement)})", i, rows.Count);
            var share = (plan.Total - clock.GetElapsedTime(start)) / (rows.Count - i);
            try
            {
                results.Add(await runner.RunAsync(scenario, placement, share, progress.Advance, cancellationToken));
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                partial = true;
            }
        }
        return new BenchReport
        {
            Version = typeof(BenchRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                ?.InformationalVersion ?? "unknown",
            Mode = options.Quick ? "quick" : "full",
            Seed = options.Seed,
            Started = started,
            Seconds = Math.Round(clock.GetElapsedTime(start).TotalSeconds, 1),
            Partial = partial,
            Machine = machine.Finish(_allowed, cpus),
            Results = results,
        };
    }

    /// <summary>
    /// All placements of one scenario before the next, so that its rows stand and are measured together.
    /// </summary>
    private List<(IScenario Scenario, Placement Placement)> Rows(CpuPair cpus)
    {
        var wanted = options.Placements.Count > 0 ? options.Placements
            : !options.Quick ? [Placement.Packed, Placement.Spread, Placement.Free]
            : cpus.Far is null ? [Placement.Packed] : [Placement.Spread];
        return [.. scenarios
            .Where(scenario => options.Only.Count == 0
                ? !(options.Quick && scenario.Info.IsFullOnly)
                : options.Only.Contains(scenario.Info.Id, StringComparer.OrdinalIgnoreCase))
            .SelectMany(
                scenario => scenario.Info.Placements
                    .Where(placement => placement == Placement.Single || wanted.Contains(placement)),
                (scenario, placement) => (scenario, placement))];
    }
}
