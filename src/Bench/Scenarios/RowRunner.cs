using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Reporting;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>Measures one scenario in one placement and always returns a result, except on ^C.</summary>
/// <param name="setting">What all rows share.</param>
/// <param name="plan">How much to measure.</param>
/// <param name="cpus">The run's two cores.</param>
/// <param name="seed">For the bootstrap.</param>
/// <param name="sink">Takes the raw samples.</param>
internal sealed class RowRunner(BenchSetting setting, BlockPlan plan, CpuPair cpus, int seed, IBlockSink sink)
{
    /// <summary>Measures.</summary>
    /// <param name="scenario">What.</param>
    /// <param name="placement">Where.</param>
    /// <param name="time">The row's share of the run's time.</param>
    /// <param name="progress">Told how much is done, 0 to 1.</param>
    /// <param name="cancellationToken">^C.</param>
    /// <exception cref="OperationCanceledException">^C came.</exception>
    public async Task<BenchResult> RunAsync(
        IScenario scenario, Placement placement, TimeSpan time, Action<double> progress,
        CancellationToken cancellationToken)
    {
        var results = new ResultBuilder(scenario, placement, seed);
        if (placement == Placement.Spread && cpus.Far is null)
            return results.Unmeasured(BenchResult.Skipped, "this process may use one core only");

        await using var scope = new ProbeScope(setting);
        var probes = new SortedDictionary<ProbeRole, IProbe>();
        try
        {
            return await MeasureAsync(
                scenario, placement, time, progress, scope, probes, results, cancellationToken);
        }
        catch (SkippedException exception)
        {
            return results.Unmeasured(BenchResult.Skipped, exception.Message);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever went wrong in one row is that row's result; the others are measured all the same.
            var death = await scope.DescribeDeathAsync(cancellationToken);
            return results.Unmeasured(BenchResult.Failed, death ?? $"{exception.GetType().Name}: {exception.Message}");
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // ^C: a probe in the middle of an operation ends with an error of its own.
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            foreach (var probe in probes.Values)
                await probe.DisposeAsync();
        }
    }

    private async Task<BenchResult> MeasureAsync(
        IScenario scenario, Placement placement, TimeSpan time, Action<double> progress, ProbeScope scope,
        SortedDictionary<ProbeRole, IProbe> probes, ResultBuilder results, CancellationToken cancellationToken)
    {
        var start = setting.Clock.GetTimestamp();
        if (scenario.Baseline is { } baseline)
        {
            probes[ProbeRole.Baseline] = await OpenAsync(baseline, scope, cancellationToken);
            probes[ProbeRole.Twin] = await OpenAsync(baseline, scope, cancellationToken);
        }
        if (scenario.Ours is { } ours)
            probes[ProbeRole.Ours] = await OpenAsync(ours, scope, cancellationToken);

        using var placed = PlacementScope.Apply(placement, cpus, scope.ProcessIds);
        using var alive = CancellationTokenSource.CreateLinkedTokenSource([cancellationToken, .. scope.Deaths]);
        var outcome = await new PairedRun(plan, setting.Clock, sink).RunAsync(
            new RowKey(scenario.Info.Id, placement), probes, scenario.Info.Better,
            time - setting.Clock.GetElapsedTime(start), progress, alive.Token);
        var checks = await scenario.CheckAsync(scope, alive.Token).WaitAsync(
            plan.BlockDeadline, setting.Clock, alive.Token);
        return results.Measured(outcome, checks, NotesOf(probes));
    }

    /// <summary>The twin's say what the baseline's say.</summary>
    private static IReadOnlyList<string> NotesOf(SortedDictionary<ProbeRole, IProbe> probes) =>
        [.. probes.Where(pair => pair.Key != ProbeRole.Twin)
            .SelectMany(pair => pair.Value.Notes, (pair, note) => $"{Words.Of(pair.Key)} {note}")];

    private async Task<IProbe> OpenAsync(ISubject subject, ProbeScope scope, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(plan.BlockDeadline, setting.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await subject.OpenAsync(scope, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{subject.Name} did not open within {plan.BlockDeadline.TotalSeconds} s");
        }
    }
}
