using System.CommandLine;
using System.CommandLine.Parsing;
using ThemisBridge.Bench;
using ThemisBridge.Cli.Commands;

namespace ThemisBridge.Cli;

/// <summary>The executable <c>themis-bridge</c>.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is [BenchPeer.Argument, .. var role])
        {
            // The far side of a measurement is this same program, which ends when its standard input does.
            return await BenchPeer.RunAsync(
                role, Console.OpenStandardInput(), Console.OpenStandardOutput(), CancellationToken.None);
        }

        ParseResult parsed = CommandTree.Create().Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            return await ReportUsageAsync(parsed);
        }

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            // Failures are reported by FailureReport, with their own exit codes.
            EnableDefaultExceptionHandler = false,
            // Time for a decode step to end and a native model to be freed after ^C. A server's own host knows better.
            ProcessTerminationTimeout = parsed.CommandResult.Command is ServeCommand ? null : TimeSpan.FromSeconds(5),
        });
    }

    private static async Task<int> ReportUsageAsync(ParseResult parsed)
    {
        foreach (ParseError error in parsed.Errors)
        {
            await Console.Error.WriteLineAsync($"themis-bridge: {error.Message}");
        }

        string command = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
        await Console.Error.WriteLineAsync($"See: themis-bridge{command} --help");
        return ExitCodes.Usage;
    }
}
