using System.CommandLine;
using ThemisBridge.Cli.Output;
using ThemisBridge.Cli.Sidecar;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Cli.Commands;

/// <summary><c>sidecar</c>: the command that starts a sidecar on this machine. It is printed and not run, because a
/// sidecar belongs to whoever keeps the engine alive.</summary>
internal sealed class SidecarCommand : Command
{
    private readonly Option<SidecarEngine> _engine = new("--engine")
    {
        Description = "What makes the tokens.",
        DefaultValueFactory = _ => SidecarEngine.Scripted,
    };

    private readonly Option<string?> _socket =
        new("--uds") { Description = "The absolute path of its socket.", HelpName = "PATH" };

    public SidecarCommand()
        : base("sidecar", "Print the command that starts a sidecar on this machine.")
    {
        Add(_engine);
        Add(_socket);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var terminal = new Terminal(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        try
        {
            string socket = parsed.GetValue(_socket) ?? SidecarPlan.DefaultSocket();
            if (!Path.IsPathRooted(socket))
            {
                throw Refusal.InvalidRequest("uds", $"--uds {socket}: give an absolute path.");
            }

            (string python, _) = await Python.FindAsync(cancellationToken)
                ?? throw new BridgeException(BridgeFailure.ConnectionFailed, FailureStage.Admit, Python.Missing);
            var plan = SidecarPlan.Make(python, parsed.GetValue(_engine), socket);
            await terminal.Out.WriteLineAsync(ShellWords.Join(plan.Arguments));
            await terminal.Error.WriteLineAsync(
                "Run the line above; it ends with SIGTERM or ^C. Then, in another shell:");
            await terminal.Error.WriteLineAsync("  " + ShellWords.Join(
            [
                "themis-bridge", "ask", "--model", plan.Model,
                .. plan.Settings.SelectMany(setting => new[] { "--set", setting }), "What is ThemisDB?",
            ]));
            return ExitCodes.Ok;
        }
        catch (Exception exception) when (FailureReport.Knows(exception))
        {
            return await FailureReport.PrintAsync(exception, json: false, terminal);
        }
    }
}
