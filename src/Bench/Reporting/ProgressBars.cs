using Spectre.Console;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Reporting;

/// <summary>
/// One bar for the run, whose text says which row is measured. Drawn between blocks only, so that drawing never takes a
/// core from what is measured.
/// </summary>
internal sealed class ProgressBars : IRunProgress
{
    private readonly ProgressContext _context;
    private readonly ProgressTask _bar;
    private int _done;

    private ProgressBars(ProgressContext context)
    {
        _context = context;
        _bar = context.AddTask("starting");
    }

    /// <summary>Runs something under a bar.</summary>
    /// <param name="console">Where to draw.</param>
    /// <param name="run">What to run.</param>
    public static Task<BenchReport> WatchAsync(IAnsiConsole console, Func<IRunProgress, Task<BenchReport>> run) =>
        console.Progress()
            .AutoRefresh(false)
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn())
            .StartAsync(context => run(new ProgressBars(context)));

    /// <inheritdoc/>
    public void Begin(string row, int done, int total)
    {
        _done = done;
        _bar.MaxValue = total;
        _bar.Description = Markup.Escape(row);
        Advance(0);
    }

    /// <inheritdoc/>
    public void Advance(double fraction)
    {
        _bar.Value = _done + fraction;
        _context.Refresh();
    }
}
