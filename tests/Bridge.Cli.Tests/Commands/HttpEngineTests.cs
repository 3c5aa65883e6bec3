using System.Text.Json;
using System.Text.RegularExpressions;
using ThemisBridge.Cli.Tests.Doubles;

namespace ThemisBridge.Cli.Tests.Commands;

/// <summary>Two real processes: a bridge that serves, and a bridge that asks it over HTTP.</summary>
public sealed partial class HttpEngineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ask_names_the_http_engine_and_native_answers_when_it_is_killed()
    {
        await using CliRun server = CliRun.Start("serve", "--listen", "http://127.0.0.1:0");
        string url = await AddressOfAsync(server);
        string[] ask =
        [
            "ask", "What is ThemisDB?", "--json",
            "--set", $"Engines:remote:Ladder:0={url}",
            "--set", "Routes:themis-tiny:0=remote",
            "--set", "Routes:themis-tiny:1=native",
        ];

        CliResult before = await CliRun.RunAsync(ask);
        await server.SignalAsync("KILL");
        await server.EndAsync();
        CliResult after = await CliRun.RunAsync(ask);

        Assert.Equal(("remote", "http"), Engine(before));
        Assert.Equal(("native", "native"), Engine(after));
        Assert.Equal("connection_failed",
            JsonDocument.Parse(after.Output).RootElement.GetProperty("attempts")[0].GetProperty("failure").GetString());
        Assert.Equal(Text(before), Text(after));
    }

    [Fact]
    public async Task Serve_stops_on_sigterm_with_exit_code_0()
    {
        await using CliRun server = CliRun.Start("serve", "--listen", "http://127.0.0.1:0");
        await AddressOfAsync(server);

        await server.SignalAsync("TERM");
        CliResult result = await server.EndAsync();

        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task Serve_on_a_port_in_use_is_one_clear_error()
    {
        await using CliRun server = CliRun.Start("serve", "--listen", "http://127.0.0.1:0");
        string url = await AddressOfAsync(server);

        CliResult second = await CliRun.RunAsync("serve", "--listen", url);

        Assert.Equal(69, second.ExitCode);
        Assert.Contains("--listen", second.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_for_other_machines_needs_a_token()
    {
        CliResult result = await CliRun.RunAsync("serve", "--listen", "http://0.0.0.0:0");

        Assert.Equal(78, result.ExitCode);
        Assert.Contains("--token-file", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupt_in_mid_answer_ends_the_line_and_is_exit_130()
    {
        using var silent = new SilentServer();
        await using CliRun ask = CliRun.Start("ask", "x",
            "--set", $"Engines:slow:Ladder:0={silent.Url}", "--set", "Routes:themis-tiny:0=slow");
        char[] first = new char[4];

        Assert.Equal(4, await ask.Output.ReadBlockAsync(first, Token));
        await ask.SignalAsync("INT");
        CliResult result = await ask.EndAsync();

        Assert.Equal(("Half", 130, "\n"), (new string(first), result.ExitCode, result.Output));
        Assert.True(await silent.ClientGoneAsync());
    }

    [Theory]
    [InlineData("config.json", """{"ThemisBridge":{"DefaultModel":"nowhere"}}""")]
    [InlineData("config.yaml", "ThemisBridge:\n  DefaultModel: nowhere\n")]
    public async Task Config_file_of_either_form_is_read(string name, string content)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("themis-config").FullName, name);
        await File.WriteAllTextAsync(path, content, Token);

        CliResult result = await CliRun.RunAsync("ask", "x", "--config", path);

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        Assert.Equal(78, result.ExitCode);
        Assert.Contains("ThemisBridge:DefaultModel \"nowhere\" has no route", result.Error, StringComparison.Ordinal);
    }

    private static async Task<string> AddressOfAsync(CliRun server)
    {
        await server.FirstErrorLineAsync();
        Match match = Address().Match(server.ErrorSoFar);
        Assert.True(match.Success, server.ErrorSoFar);
        return match.Value;
    }

    private static (string?, string?) Engine(CliResult result)
    {
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        JsonElement answer = JsonDocument.Parse(result.Output).RootElement;
        return (answer.GetProperty("engine").GetString(), answer.GetProperty("transport").GetString());
    }

    private static string? Text(CliResult result) =>
        JsonDocument.Parse(result.Output).RootElement.GetProperty("text").GetString();

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
