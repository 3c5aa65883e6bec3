using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Cli.Composition;
using ThemisBridge.Cli.Doctor;
using ThemisBridge.Cli.Output;
using ThemisBridge.Cli.Sidecar;

namespace ThemisBridge.Cli.Commands;

/// <summary><c>doctor</c>: what is there, what works, and what to do about the rest.</summary>
internal sealed class DoctorCommand : Command
{
    private readonly ConfigurationOptions _configuration;

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object instead of a table." };

    public DoctorCommand(ConfigurationOptions configuration)
        : base("doctor", "Look at this machine and every configured engine, and say what to do.")
    {
        _configuration = configuration;
        Add(_json);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var terminal = new Terminal(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        try
        {
            await using ServiceProvider services = BridgeHost.Build(_configuration.Read(parsed), onlyEngine: null);
            IReadOnlyList<Finding> findings =
                await WaitLine.WhileAsync(FindAsync(services, cancellationToken), "Looking around …", terminal);
            bool healthy = findings.All(finding => finding.State != FindingState.Fault);
            if (parsed.GetValue(_json))
            {
                await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(
                    new FindingsDocument(healthy, findings), CliJson.Default.FindingsDocument));
            }
            else
            {
                FindingsTable.Print(findings, terminal);
            }

            return healthy ? ExitCodes.Ok : ExitCodes.Unavailable;
        }
        catch (Exception exception) when (FailureReport.Knows(exception))
        {
            return await FailureReport.PrintAsync(exception, parsed.GetValue(_json), terminal);
        }
    }

    private static async Task<IReadOnlyList<Finding>> FindAsync(
        IServiceProvider services, CancellationToken cancellationToken) =>
    [
        .. await ProgramCheck.RunAsync(cancellationToken),
        .. await NativeCheck.RunAsync(services),
        await Python.CheckAsync(cancellationToken),
        .. SocketCheck.Run(services),
        .. await EngineCheck.RunAsync(services, cancellationToken),
        .. await SharedMemoryCheck.RunAsync(services, cancellationToken),
    ];
}
