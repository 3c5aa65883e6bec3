using Spectre.Console;
using ThemisBridge.Cli.Output;

namespace ThemisBridge.Cli.Doctor;

/// <summary>Findings for the eye.</summary>
internal static class FindingsTable
{
    // A file gets lines that are not broken.
    private const int WidthOfFiles = 240;

    public static void Print(IReadOnlyList<Finding> findings, Terminal terminal)
    {
        IAnsiConsole console =
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) });
        if (!terminal.IsInteractive)
        {
            console.Profile.Width = WidthOfFiles;
        }

        Table table = new Table().Border(TableBorder.Simple).AddColumns("", "", "found", "what to do");
        foreach (Finding finding in findings)
        {
            table.AddRow(
                new Markup(Mark(finding.State)), new Text(finding.Subject), new Text(finding.Found),
                new Text(finding.Remedy ?? ""));
        }

        console.Write(table);
    }

    private static string Mark(FindingState state) => state switch
    {
        FindingState.Ok => "[green]ok[/]",
        FindingState.Warning => "[yellow]warning[/]",
        _ => "[red]fault[/]",
    };
}
