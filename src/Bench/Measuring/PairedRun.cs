using System.Globalization;

namespace ThemisBridge.Bench.Measuring;

/// <summary>Runs the roles of one row in interleaved blocks.</summary>
/// <param name="plan">How much.</param>
/// <param name="clock">Measures the row's share of the time.</param>
/// <param name="sink">Takes the raw samples.</param>
internal sealed class PairedRun(BlockPlan plan, TimeProvider clock, IBlockSink sink)
{
    /// <summary>How much of a row's time may go into warming up.</summary>
    private const double WarmUpShare = 0.3;

    /// <summary>How much of what then is left the planned blocks may take; the rest is for an extension.</summary>
    private const double BlocksShare = 0.7;

    /// <summary>How long a probe may take to notice that its block was cancelled.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly double[] _samples = new double[plan.Ops];
    private readonly Dictionary<ProbeRole, List<BlockSummary>> _blocks = [];
    private readonly List<string> _notes = [];

    /// <summary>Warms up, measures, and measures on while the baseline differs from itself.</summary>
    /// <param name="row">The row's name, for the samples file.</param>
    /// <param name="probes">The roles; a twin only beside a baseline.</param>
    /// <param name="better">Which end of a block is its bad one.</param>
    /// <param name="time">The row's share of the run's time.</param>
    /// <param name="progress">Told how much of the planned blocks is done, 0 to 1.</param>
    /// <param name="cancellationToken">^C, or a peer's death.</param>
    /// <exception cref="TimeoutException">A block passed its deadline.</exception>
    public async Task<PairedOutcome> RunAsync(
        RowKey row, IReadOnlyDictionary<ProbeRole, IProbe> probes, Better better, TimeSpan time,
        Action<double> progress, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        var cycle = BlockOrder.Cycle(probes.Keys);
        foreach (var role in probes.Keys)
            _blocks[role] = [];

        var secondsPerOp = await WarmUpAsync(probes, time * WarmUpShare, cancellationToken);
        var left = (time - clock.GetElapsedTime(start)) * BlocksShare;
        var ops = OpsThatFit(secondsPerOp, left);

        var done = 0;
        while (done < plan.Cycles || done < plan.Cycles * plan.MaxExtension && !Agrees())
        {
            if (done >= BlockPlan.LeastCycles && clock.GetElapsedTime(start) >= time)
            {
                if (done < plan.Cycles)
                    _notes.Add(Text($"stopped after {done * 2} of {plan.Cycles * 2} blocks: its time was up"));
                break;
            }
            foreach (var role in cycle)
            {
                var samples = _samples.AsMemory(0, ops);
                await RunBlockAsync(probes[role], samples, cancellationToken);
                sink.Add(row, role, samples.Span);
                _blocks[role].Add(BlockSummary.Of(samples.Span, better));
            }
            done++;
            progress(Math.Min(1, (double)done / plan.Cycles));
        }
        return new PairedOutcome(
            _blocks.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<BlockSummary>)pair.Value),
            ops, SelfRatio(), _notes);
    }

    /// <summary>
    /// Warms every role in turn, in ever longer blocks, and returns the seconds that one operation of each takes
    /// together.
    /// </summary>
    private async Task<double> WarmUpAsync(
        IReadOnlyDictionary<ProbeRole, IProbe> probes, TimeSpan time, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        var secondsPerOp = 0.0;
        var chunk = Math.Min(10, _samples.Length);
        for (var done = 0; clock.GetElapsedTime(start) < time; done += chunk)
        {
            if (done >= plan.WarmUpOps && clock.GetElapsedTime(start) >= plan.WarmUpTime)
                break;
            chunk = Math.Min(done == 0 ? chunk : chunk * 2, _samples.Length);
            var before = clock.GetTimestamp();
            foreach (var probe in probes.Values)
                await RunBlockAsync(probe, _samples.AsMemory(0, chunk), cancellationToken);
            secondsPerOp = clock.GetElapsedTime(before).TotalSeconds / chunk;
            // A chunk twice as long that would overrun the warm-up's time is not begun.
            if (clock.GetElapsedTime(start).TotalSeconds + 2 * chunk * secondsPerOp > time.TotalSeconds)
                break;
        }
        return secondsPerOp;
    }

    private int OpsThatFit(double secondsPerOp, TimeSpan left)
    {
        var blocksPerRole = plan.Cycles * 2;
        var fitting = secondsPerOp > 0 ? left.TotalSeconds / (blocksPerRole * secondsPerOp) : plan.Ops;
        return (int)Math.Clamp(fitting, BlockPlan.LeastOps, plan.Ops);
    }

    private async Task RunBlockAsync(IProbe probe, Memory<double> samples, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(plan.BlockDeadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var block = probe.RunBlockAsync(samples, either.Token);
        try
        {
            await block.WaitAsync(either.Token);
        }
        catch (Exception) when (either.IsCancellationRequested)
        {
            // The samples are the probe's until its task ends; one that hears nothing any more is left behind.
            await Task.WhenAny(block, Task.Delay(Grace, clock, CancellationToken.None));
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException(Text($"a block took longer than {plan.BlockDeadline.TotalSeconds} s"));
        }
    }

    private bool Agrees() => PairedOutcome.AgreesWithItself(SelfRatio());

    private double? SelfRatio() =>
        _blocks.TryGetValue(ProbeRole.Twin, out var twin) && twin.Count > 0
            ? Quantile.Median([.. twin.Zip(_blocks[ProbeRole.Baseline], (second, first) => second.P50 / first.P50)])
            : null;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
