using System.Text.Json;
using ThemisBridge.Cli.Tests.Doubles;

namespace ThemisBridge.Cli.Tests.Commands;

/// <summary>Two real processes: a bridge that serves at a Unix socket, and a bridge that asks it there.</summary>
public sealed class ServeUdsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("themis-uds").FullName;

    private string Socket => Path.Combine(_folder, "bridge.sock");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Ask_names_the_engine_at_the_socket_and_native_answers_when_it_is_killed()
    {
        await using CliRun server = await ServeAsync();
        string[] ask = [.. Ask("What is ThemisDB?"), "--set", "Routes:themis-tiny:1=native"];

        CliResult before = await CliRun.RunAsync(ask);
        CliResult alone = await CliRun.RunAsync([.. ask, "--engine", "remote"]);
        await server.SignalAsync("KILL");
        await server.EndAsync();
        CliResult after = await CliRun.RunAsync(ask);

        Assert.Equal(("remote", "shm"), Engine(before));
        Assert.Equal(("remote", "shm"), Engine(alone));
        Assert.Equal(("native", "native"), Engine(after));
        Assert.Equal(Text(before), Text(after));
    }

    [Theory]
    [InlineData("on", "shm")]
    [InlineData("off", "uds")]
    [InlineData("require", "shm")]
    public async Task Serve_moves_connections_to_shared_memory_as_told(string mode, string transport)
    {
        await using CliRun server = await ServeAsync("--shm", mode);
        Assert.Equal(("remote", transport), Engine(await CliRun.RunAsync(Ask("What is ThemisDB?"))));
    }

    [Fact]
    public async Task Client_that_requires_shared_memory_says_why_it_is_not_there()
    {
        await using CliRun server = await ServeAsync("--shm", "off");
        CliResult refused = await CliRun.RunAsync([.. Ask("x", json: false), "--set", "SharedMemory:Mode=require"]);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("SharedMemory", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("on", "on", "ok", "in use")]
    [InlineData("off", "on", "warning", "the listener does not offer it")]
    [InlineData("on", "off", "warning", "switched off here")]
    public async Task Doctor_says_whether_shared_memory_is_in_use_and_why_not(
        string server, string client, string state, string expected)
    {
        await using CliRun serving = await ServeAsync("--shm", server);
        CliResult result = await CliRun.RunAsync(
            "doctor", "--json", "--set", $"Engines:remote:Ladder:0=frames+unix://{Socket}",
            "--set", $"SharedMemory:Mode={client}");

        JsonElement finding = JsonDocument.Parse(result.Output).RootElement.GetProperty("findings").EnumerateArray()
            .Single(one => one.GetProperty("subject").GetString() == "shared memory to remote");
        Assert.Equal(state, finding.GetProperty("state").GetString());
        Assert.Contains(expected, finding.GetProperty("found").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_takes_the_path_of_a_killed_one_and_refuses_that_of_a_living_one()
    {
        await using (CliRun killed = await ServeAsync())
        {
            await killed.SignalAsync("KILL");
            await killed.EndAsync();
        }

        Assert.True(File.Exists(Socket));
        await using CliRun server = await ServeAsync();
        CliResult second = await CliRun.RunAsync("serve", "--listen", "http://127.0.0.1:0", "--uds", Socket);

        Assert.Equal(69, second.ExitCode);
        Assert.Contains("somebody listens there already", second.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Error, StringComparison.Ordinal);
        Assert.Equal(("remote", "shm"), Engine(await CliRun.RunAsync(Ask("What is ThemisDB?"))));
    }

    [Fact]
    public async Task Sigterm_lets_the_running_answer_end_and_leaves_no_file()
    {
        using var slow = new SilentServer();
        await using CliRun server = await ServeAsync(
            "--set", $"Engines:slow:Ladder:0={slow.Url}", "--set", "Routes:themis-tiny:0=slow");
        await using CliRun ask = CliRun.Start(Ask("x", json: false));
        char[] first = new char[4];
        Assert.Equal(4, await ask.Output.ReadBlockAsync(first, Token));

        await server.SignalAsync("TERM");
        CliResult refused = await UntilRefusedAsync();
        slow.Finish();
        CliResult answer = await ask.EndAsync();
        CliResult end = await server.EndAsync();

        Assert.Equal(("Half", 0, " and half"), (new string(first), answer.ExitCode, answer.Output.TrimEnd()));
        Assert.Equal(69, refused.ExitCode);
        Assert.Equal(0, end.ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("Listen:UdsAllowedUids:0=65534", "--token-file")]
    [InlineData("Listen:UdsGroup=x", "Listen:UdsGroup")]
    public async Task Wrong_listener_is_one_clear_error(string setting, string expected)
    {
        CliResult result = await CliRun.RunAsync(
            "serve", "--listen", "http://127.0.0.1:0", "--uds", Socket, "--set", setting);

        Assert.Equal(78, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Socket));
    }

    private async Task<CliRun> ServeAsync(params IEnumerable<string> more)
    {
        var server = CliRun.Start(["serve", "--listen", "http://127.0.0.1:0", "--uds", Socket, .. more]);
        await server.FirstErrorLineAsync();
        Assert.Contains($"frames+unix://{Socket}", server.ErrorSoFar, StringComparison.Ordinal);
        return server;
    }

    private string[] Ask(string question, bool json = true) =>
    [
        "ask", question, .. json ? (string[])["--json"] : [],
        "--set", $"Engines:remote:Ladder:0=frames+unix://{Socket}", "--set", "Routes:themis-tiny:0=remote",
    ];

    // The server may take a moment before it takes nothing new.
    private async Task<CliResult> UntilRefusedAsync()
    {
        while (true)
        {
            if (!File.Exists(Socket))
            {
                return await CliRun.RunAsync(Ask("x"));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }
    }

    private static (string?, string?) Engine(CliResult result)
    {
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        JsonElement answer = JsonDocument.Parse(result.Output).RootElement;
        return (answer.GetProperty("engine").GetString(), answer.GetProperty("transport").GetString());
    }

    private static string? Text(CliResult result) =>
        JsonDocument.Parse(result.Output).RootElement.GetProperty("text").GetString();
}
