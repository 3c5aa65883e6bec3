using System.Text.Json;
using ThemisBridge.Cli.Tests.Doubles;

namespace ThemisBridge.Cli.Tests.Commands;

public sealed class BenchCommandTests
{
    [Fact]
    public async Task Bench_measures_with_a_peer_of_the_same_program_and_writes_its_report()
    {
        string folder = Directory.CreateTempSubdirectory("themis-bench-cli").FullName;
        try
        {
            string report = Path.Combine(folder, "report.json");

            CliResult result = await CliRun.RunAsync("bench", "transports", "--quick", "--only", "base-uds-sync",
                "--blocks", "4", "--ops", "20", "--json", report);

            // 3: the machine was too busy for a baseline to equal itself, which is no fault of the command.
            Assert.Contains(result.ExitCode, new[] { 0, 3 });
            using JsonDocument document = JsonDocument.Parse(
                await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken));
            Assert.Equal(1, document.RootElement.GetProperty("schema").GetInt32());
            Assert.Contains(document.RootElement.GetProperty("results").EnumerateArray(),
                row => row.GetProperty("id").GetString() == "base-uds-sync");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Bench_of_an_unknown_row_is_one_clear_error()
    {
        CliResult result = await CliRun.RunAsync("bench", "transports", "--only", "nothing");

        Assert.Equal(65, result.ExitCode);
        Assert.Contains("nothing", result.Error, StringComparison.Ordinal);
    }
}
