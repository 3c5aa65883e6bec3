using System.Globalization;
using Spectre.Console;

namespace ThemisBridge.Bench.Reporting;

/// <summary>The report as a table for the terminal.</summary>
internal static class ReportTable
{
    /// <summary>From this width on a row also has its tail and its baseline, and says in words what it is.</summary>
    private const int WideConsole = 140;

    private static readonly Column[] Columns =
    [
        new("id", result => result.Id),
        new("placed", result => result.Placement),
        new("value", ValueCell) { IsNumber = true },
        new("p99", result => Short(result.P99)) { IsNumber = true, IsWideOnly = true },
        new("bare", result => Short(result.BaselineValue)) { IsNumber = true, IsWideOnly = true },
        new("ratio (95 %)", RatioCell) { IsNumber = true },
        new("target", result => result.Target ?? ""),
        new("met", MetCell),
        new("what", result => result.Name) { IsWideOnly = true },
    ];

    /// <summary>Writes it.</summary>
    public static void Write(IAnsiConsole console, BenchReport report)
    {
        var isWide = console.Profile.Width >= WideConsole;
        var table = new Table().Border(TableBorder.Simple);
        var columns = Columns.Where(column => isWide || !column.IsWideOnly).ToList();
        foreach (var column in columns)
        {
            var shown = new TableColumn(column.Title).NoWrap().PadLeft(0).PadRight(1);
            table.AddColumn(column.IsNumber ? shown.RightAligned() : shown);
        }
        foreach (var result in report.Results)
            table.AddRow([.. columns.Select(column => new Text(column.Cell(result)))]);
        console.Write(table);
        WriteRemarks(console, report);
    }

    private static void WriteRemarks(IAnsiConsole console, BenchReport report)
    {
        foreach (var result in report.Results.Where(result => result.Notes is not null))
            console.WriteLine(Text($"{result.Id} ({result.Placement}), {result.Status}: {result.Notes}"));
        var machine = report.Machine;
        console.WriteLine(Text(
            $"{machine.Cpu}, {machine.LogicalCpus} logical CPUs; {report.Mode} run of {report.Seconds} s;"));
        console.WriteLine(Text(
            $"load {machine.LoadBefore[0]} before, {machine.LoadAfter[0]} after; steal {machine.StealPercent} %"));
        if (report.Partial)
            console.WriteLine("Interrupted: the report is partial.");
        if (report.Void)
            console.WriteLine("This run is void: a baseline differed from itself. Run it again on a quieter machine.");
    }

    private static string ValueCell(BenchResult result) =>
        result.Value is { } value ? $"{Short(value)} {result.Unit}" : "";

    private static string RatioCell(BenchResult result)
    {
        if (result.Ratio is not { } ratio)
            return "";
        return result.Ci95 is [var low, var high] ? $"{Short(ratio)} ({Short(low)}-{Short(high)})" : Short(ratio);
    }

    private static string MetCell(BenchResult result) => result.Met switch
    {
        true => "yes",
        false => "no",
        null => result.Status == BenchResult.Ok ? "" : result.Status,
    };

    /// <summary>Three significant digits, and never the form with an exponent; nothing for nothing.</summary>
    private static string Short(double? number) => number switch
    {
        null => "",
        0 => "0",
        { } value when Math.Abs(value) >= 100 => Text($"{value:0}"),
        { } value when Math.Abs(value) >= 10 => Text($"{value:0.0}"),
        { } value when Math.Abs(value) >= 0.1 => Text($"{value:0.00}"),
        { } value => Text($"{value:0.0000}"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Column(string Title, Func<BenchResult, string> Cell)
    {
        public bool IsNumber { get; init; }

        public bool IsWideOnly { get; init; }
    }
}
