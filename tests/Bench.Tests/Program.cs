using System.Runtime.InteropServices;
using Spectre.Console;
using ThemisBridge.Bench.Scenarios;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace ThemisBridge.Bench.Tests;

/// <summary>
/// Three programs in one: the tests; the peer that the harness under test starts; and a harness that a test can
/// interrupt or kill as a whole process.
/// </summary>
internal static class Program
{
    /// <summary>
    /// The first argument that makes this executable a harness; the report's path and scenario ids follow.
    /// </summary>
    public const string HarnessArgument = "bench-harness";

    public static Task<int> Main(string[] args) => args switch
    {
        [BenchPeer.Argument, .. var rest] => RunPeerAsync(rest),
        [HarnessArgument, var report, .. var only] => RunHarnessAsync(report, only),
        _ when args.Contains("--server") || args.Contains("--internal-msbuild-node") =>
            TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
        _ => ConsoleRunner.Run(args),
    };

#pragma warning disable RS0030 // This is a program of its own, and these are its pipes.
    private static Task<int> RunPeerAsync(string[] arguments) => BenchPeer.RunAsync(
        [.. ScenarioCatalog.All, .. PeerScenarios.All],
        arguments, Console.OpenStandardInput(), Console.OpenStandardOutput(), CancellationToken.None);
#pragma warning restore RS0030

    private static async Task<int> RunHarnessAsync(string report, string[] only)
    {
        using var interrupted = new CancellationTokenSource();
        void Interrupt(PosixSignalContext context)
        {
            context.Cancel = true;
            interrupted.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        var options = new BenchOptions { JsonPath = report, Only = only, Quick = true };
        return await BenchTransports.RunAsync(options, AnsiConsole.Console, TimeProvider.System, interrupted.Token);
    }
}
