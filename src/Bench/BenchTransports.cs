using Spectre.Console;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Reporting;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Bench;

/// <summary>
/// Measures what each transport costs on this machine beside the bare primitive under it. docs/benchmarks.md explains
/// the method. Linux only. The hosting program must pass <see cref="BenchPeer.Argument"/> on to
/// <see cref="BenchPeer"/>.
/// </summary>
public static class BenchTransports
{
    /// <summary>Exit code: everything was measured. Missed targets are in the report and are no error.</summary>
    public const int Success = 0;

    /// <summary>Exit code: at least one scenario failed.</summary>
    public const int SomeFailed = 1;

    /// <summary>Exit code: a baseline differed from itself by more than 5 %, so the run is void.</summary>
    public const int VoidRun = 3;

    /// <summary>Exit code: cancelled; the report holds what was measured until then.</summary>
    public const int Interrupted = 130;

    /// <summary>Measures, shows progress and a table, and writes the files that the options ask for.</summary>
    /// <param name="options">What to measure.</param>
    /// <param name="console">Where progress and table go.</param>
    /// <param name="clock">The clock of samples, deadlines and budgets.</param>
    /// <param name="cancellationToken">Ends the run early, with a valid report of what there is.</param>
    /// <returns>One of this class's exit codes.</returns>
    /// <exception cref="BridgeException">An option is wrong, or the platform is not Linux.</exception>
    public static Task<int> RunAsync(
        BenchOptions options, IAnsiConsole console, TimeProvider clock, CancellationToken cancellationToken) =>
        RunAsync(options, ScenarioCatalog.All, PeerHost.Current(), console, clock, cancellationToken);

    /// <summary>The same for other scenarios than the program's own.</summary>
    internal static async Task<int> RunAsync(
        BenchOptions options, IReadOnlyList<IScenario> scenarios, PeerHost host, IAnsiConsole console,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        OptionRules.Check(options, scenarios);
        var directory = Directory.CreateTempSubdirectory("themis-bench-");
        try
        {
            var setting = new BenchSetting(directory.FullName, host, options.PythonPath, options.SidecarFolder, clock);
            await using var samples = options.JsonPath is { } path
                ? SampleFile.Create(path + BenchOptions.SamplesSuffix)
                : null;
            var run = new BenchRun(options, PlanOf(options), scenarios, setting, (IBlockSink?)samples ?? new NoSink());
            var report = await ProgressBars.WatchAsync(
                console, progress => run.RunAsync(progress, cancellationToken));

            ReportTable.Write(console, report);
            if (options.JsonPath is not null)
                // Also after ^C, which is why the run's token does not end the writing.
                await ReportFile.WriteAsync(options.JsonPath, report, CancellationToken.None);
            return ExitCodeOf(report);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static BlockPlan PlanOf(BenchOptions options)
    {
        var plan = options.Quick ? BlockPlan.Quick : BlockPlan.Full;
        return plan with
        {
            Cycles = options.Blocks / 2 ?? plan.Cycles,
            Ops = options.OpsPerBlock ?? plan.Ops,
        };
    }

    private static int ExitCodeOf(BenchReport report) =>
        report.Partial ? Interrupted
        : report.Results.Any(result => result.Status == BenchResult.Failed) ? SomeFailed
        : report.Void ? VoidRun
        : Success;
}
