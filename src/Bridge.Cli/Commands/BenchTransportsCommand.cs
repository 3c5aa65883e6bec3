using System.CommandLine;
using Spectre.Console;
using ThemisBridge.Bench;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Cli.Output;

namespace ThemisBridge.Cli.Commands;

/// <summary><c>bench transports</c>: every transport beside the bare primitive under it.</summary>
internal sealed class BenchTransportsCommand : Command
{
    private readonly Option<bool> _quick = new("--quick")
    {
        Description = "At most 45 seconds and one placement, instead of at most 15 minutes and all of them.",
    };

    private readonly Option<string?> _json = new("--json")
    {
        Description = "Write the report here, and the raw samples beside it.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _only = new("--only")
    {
        Description = "Measure this row only. May be repeated.",
        HelpName = "ID",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<Placement[]> _placement = new("--placement")
    {
        Description = "Where the two processes run. May be repeated.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<int?> _blocks = new("--blocks") { Description = "Blocks per role.", HelpName = "N" };
    private readonly Option<int?> _ops = new("--ops") { Description = "Operations per block.", HelpName = "N" };
    private readonly Option<int> _seed = new("--seed")
    {
        Description = "Seeds the intervals.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    public BenchTransportsCommand()
        : base("transports", "Measure every transport beside the bare primitive under it.")
    {
        Option[] options = [_quick, _json, _only, _placement, _blocks, _ops, _seed];
        foreach (Option option in options)
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var terminal = new Terminal(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        IAnsiConsole console =
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) });
        try
        {
            return await BenchTransports.RunAsync(
                new BenchOptions
                {
                    Quick = parsed.GetValue(_quick),
                    JsonPath = parsed.GetValue(_json),
                    Only = parsed.GetValue(_only) ?? [],
                    Placements = parsed.GetValue(_placement) ?? [],
                    Blocks = parsed.GetValue(_blocks),
                    OpsPerBlock = parsed.GetValue(_ops),
                    Seed = parsed.GetValue(_seed),
                },
                console, TimeProvider.System, cancellationToken);
        }
        catch (Exception exception) when (FailureReport.Knows(exception))
        {
            return await FailureReport.PrintAsync(exception, json: false, terminal);
        }
    }
}
