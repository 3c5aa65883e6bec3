using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Placing;

namespace ThemisBridge.Bench.Tests.Measuring;

public sealed class PairedRunTests
{
    private static readonly RowKey Row = new("x", Placement.Single);

    private static readonly BlockPlan Plan = new()
    {
        Cycles = 3,
        Ops = 100,
        WarmUpOps = 0,
        BlockDeadline = TimeSpan.FromSeconds(10),
        Total = TimeSpan.FromMinutes(1),
    };

    private readonly FakeTimeProvider _clock = new();
    private readonly List<(ProbeRole Role, int Ops)> _blocks = [];
    private readonly RecordingSink _sink = new();

    [Fact]
    public async Task Blocks_are_interleaved_and_kept_raw_in_order()
    {
        var outcome = await RunAsync(Plan, _ => 10, _ => 10, _ => 25);

        ProbeRole[] cycle =
        [
            ProbeRole.Baseline, ProbeRole.Twin, ProbeRole.Ours, ProbeRole.Ours, ProbeRole.Twin, ProbeRole.Baseline,
        ];
        Assert.Equal([.. cycle, .. cycle, .. cycle], _blocks.Select(block => block.Role));
        Assert.Equal(_blocks, _sink.Blocks.Select(block => (block.Role, block.Samples.Length)));
        Assert.All(
            _sink.Blocks.Where(block => block.Role == ProbeRole.Ours),
            block => Assert.All(block.Samples, sample => Assert.Equal(25, sample)));
        Assert.Equal(6, outcome.Blocks[ProbeRole.Ours].Count);
        Assert.Equal(100, outcome.OpsPerBlock);
        Assert.Equal(1.0, outcome.SelfRatio);
        Assert.True(outcome.IsSound);
    }

    [Fact]
    public async Task Warm_up_is_not_counted()
    {
        // Every role's first blocks are slow, as before the compiler has done its work.
        var outcome = await RunAsync(Plan with { WarmUpOps = 150 }, Slow, Slow, Slow);

        Assert.All(outcome.Blocks.Values, blocks => Assert.All(blocks, block => Assert.Equal(10, block.P50)));

        static double Slow(int block) => block < 4 ? 1_000 : 10;
    }

    [Fact]
    public async Task Baseline_that_differs_from_itself_is_measured_on_and_then_unsound()
    {
        var outcome = await RunAsync(Plan, _ => 100, _ => 106, _ => 200);

        Assert.Equal(3 * Plan.Cycles * 2, outcome.Blocks[ProbeRole.Baseline].Count);
        Assert.Equal(1.06, outcome.SelfRatio!.Value, precision: 9);
        Assert.False(outcome.IsSound);
    }

    [Fact]
    public async Task Baseline_that_settles_is_sound_and_keeps_its_first_blocks()
    {
        // The twin's first three blocks are disturbed, which the planned six cannot outvote and nine can.
        var outcome = await RunAsync(Plan, _ => 100, block => block < 4 ? 130 : 100, _ => 200);

        Assert.True(outcome.IsSound);
        Assert.True(outcome.Blocks[ProbeRole.Twin].Count > Plan.Cycles * 2);
        Assert.Equal(130, outcome.Blocks[ProbeRole.Twin][0].P50);
    }

    [Theory]
    [InlineData(0.951, true)]
    [InlineData(1.049, true)]
    [InlineData(0.949, false)]
    [InlineData(1.051, false)]
    public void Self_ratio_within_five_percent_is_sound(double ratio, bool expected)
    {
        Assert.Equal(expected, PairedOutcome.AgreesWithItself(ratio));
    }

    [Fact]
    public async Task Slow_operations_get_fewer_to_a_block()
    {
        // 10 ms an operation: 100 of them in 18 blocks would take 18 s.
        var outcome = await RunAsync(
            Plan with { WarmUpOps = 10 }, _ => 10_000, _ => 10_000, _ => 10_000, TimeSpan.FromSeconds(6));

        Assert.InRange(outcome.OpsPerBlock, BlockPlan.LeastOps, 25);
        Assert.Equal(Plan.Cycles * 2, outcome.Blocks[ProbeRole.Ours].Count);
    }

    [Fact]
    public async Task Row_out_of_time_stops_after_a_whole_cycle_and_says_so()
    {
        // Fast while warming up, so that the blocks are planned too long; then slow.
        var outcome = await RunAsync(
            Plan with { WarmUpOps = 10 }, Slowing, Slowing, Slowing, TimeSpan.FromSeconds(6));

        Assert.Equal(BlockPlan.LeastCycles * 2, outcome.Blocks[ProbeRole.Baseline].Count);
        Assert.Equal(BlockPlan.LeastCycles * 2, outcome.Blocks[ProbeRole.Ours].Count);
        Assert.Contains(outcome.Notes, note => note.Contains("4 of 6 blocks", StringComparison.Ordinal));

        static double Slowing(int block) => block == 0 ? 10 : 10_000;
    }

    [Fact]
    public async Task Block_past_its_deadline_fails_the_row()
    {
        var probes = new Dictionary<ProbeRole, IProbe> { [ProbeRole.Ours] = new DeafProbe() };
        var running = new PairedRun(Plan, _clock, _sink).RunAsync(
            Row, probes, Better.Lower, TimeSpan.FromMinutes(1), _ => { }, TestContext.Current.CancellationToken);

        _clock.Advance(Plan.BlockDeadline);
        while (!running.IsCompleted)
        {
            // The grace that a probe has to notice.
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Assert.ThrowsAsync<TimeoutException>(() => running);
    }

    [Fact]
    public async Task Cancelled_run_ends_although_the_probe_is_deaf()
    {
        using var cancelled = new CancellationTokenSource();
        var probes = new Dictionary<ProbeRole, IProbe> { [ProbeRole.Ours] = new DeafProbe() };
        var running = new PairedRun(Plan, _clock, _sink).RunAsync(
            Row, probes, Better.Lower, TimeSpan.FromMinutes(1), _ => { }, cancelled.Token);

        await cancelled.CancelAsync();
        while (!running.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private Task<PairedOutcome> RunAsync(
        BlockPlan plan, Func<int, double> baseline, Func<int, double> twin, Func<int, double> ours,
        TimeSpan? time = null)
    {
        var probes = new Dictionary<ProbeRole, IProbe>
        {
            [ProbeRole.Baseline] = new RecordingProbe(ProbeRole.Baseline, _blocks, _clock, baseline),
            [ProbeRole.Twin] = new RecordingProbe(ProbeRole.Twin, _blocks, _clock, twin),
            [ProbeRole.Ours] = new RecordingProbe(ProbeRole.Ours, _blocks, _clock, ours),
        };
        return new PairedRun(plan, _clock, _sink).RunAsync(
            Row, probes, Better.Lower, time ?? TimeSpan.FromMinutes(1), _ => { },
            TestContext.Current.CancellationToken);
    }

    private sealed class DeafProbe : IProbe
    {
        public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) =>
            new TaskCompletionSource().Task;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class RecordingSink : IBlockSink
    {
        public List<(ProbeRole Role, double[] Samples)> Blocks { get; } = [];

        public void Add(RowKey row, ProbeRole role, ReadOnlySpan<double> samples) =>
            Blocks.Add((role, samples.ToArray()));
    }
}
