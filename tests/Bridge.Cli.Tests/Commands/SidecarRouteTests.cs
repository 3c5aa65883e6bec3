using System.Diagnostics;
using System.Text.Json.Nodes;
using ThemisBridge.Cli.Tests.Doubles;

namespace ThemisBridge.Cli.Tests.Commands;

/// <summary>The sidecar as `sidecar` prints it, asked by `ask`, and killed.</summary>
public sealed class SidecarRouteTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("on", "on", "shm")]
    [InlineData("require", "require", "shm")]
    [InlineData("off", "on", "uds")]
    [InlineData("on", "off", "uds")]
    public async Task Sidecar_answers_and_the_embedded_engine_when_it_was_killed(
        string sidecarMode, string bridgeMode, string transport)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("themis-sidecar");
        string socket = Path.Combine(folder.FullName, "s", "engine.sock");
        CliResult printed = await CliRun.RunAsync("sidecar", "--uds", socket);
        string[] settings =
        [
            "--set", $"Engines:sidecar:Ladder:0=frames+unix://{socket}",
            "--set", "Routes:themis-tiny:0=sidecar", "--set", "Routes:themis-tiny:1=native",
            "--set", $"SharedMemory:Mode={bridgeMode}",
        ];
        string command = $"exec {printed.Output.TrimEnd()} --shm {sidecarMode}";
        using Process sidecar = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command])
        {
            RedirectStandardError = true,
        })!;
        try
        {
            await WaitForAsync(socket, sidecar);

            JsonNode alone = await AskAsync(settings, "--engine", "sidecar");
            JsonNode first = await AskAsync(settings);
            sidecar.Kill();
            await sidecar.WaitForExitAsync(TestContext.Current.CancellationToken);
            JsonNode second = await AskAsync(settings);

            Assert.Equal(("sidecar", transport), Who(alone));
            Assert.Equal(("sidecar", transport), Who(first));
            Assert.Equal(("native", "native"), Who(second));
            Assert.Equal((string)first["text"]!, (string)second["text"]!);
            Assert.Equal((string)first["text"]!, (string)alone["text"]!);
        }
        finally
        {
            sidecar.Kill();
            folder.Delete(recursive: true);
        }
    }

    private static (string, string) Who(JsonNode answer) => ((string)answer["engine"]!, (string)answer["transport"]!);

    private static async Task<JsonNode> AskAsync(string[] settings, params string[] more)
    {
        CliResult result = await CliRun.RunAsync(["ask", "What is ThemisDB?", "--json", .. settings, .. more]);
        Assert.True(result is { ExitCode: 0, Error: "" }, $"{result.ExitCode}: {result.Error}{result.Output}");
        return JsonNode.Parse(result.Output)!;
    }

    // It says on standard error that it listens.
    private static async Task WaitForAsync(string socket, Process sidecar)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        while (!File.Exists(socket))
        {
            string? line = await sidecar.StandardError.ReadLineAsync(deadline.Token);
            Assert.True(line is not null, "The sidecar ended before it listened.");
        }

    }
}
