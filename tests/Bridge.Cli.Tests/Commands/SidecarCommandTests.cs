using ThemisBridge.Cli.Tests.Doubles;

namespace ThemisBridge.Cli.Tests.Commands;

public sealed class SidecarCommandTests
{
    [Fact]
    public async Task Command_names_files_that_are_there()
    {
        CliResult result = await CliRun.RunAsync("sidecar", "--uds", "/run/themis/engine.sock");

        Assert.Equal(0, result.ExitCode);
        string[] words = result.Output.TrimEnd('\n').Split(' ');
        Assert.Equal(["--uds", "/run/themis/engine.sock"], After(words, "--uds", 2));
        Assert.Equal("scripted", After(words, "--engine", 2)[1]);
        Assert.All([words[0], words[1], After(words, "--script", 2)[1]], path => Assert.True(File.Exists(path), path));
        Assert.True(Directory.Exists(After(words, "--tokenizer", 2)[1]));
        Assert.Contains("frames+unix:///run/themis/engine.sock", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_that_a_shell_would_split_are_quoted()
    {
        CliResult result = await CliRun.RunAsync("sidecar", "--engine", "synthetic", "--uds", "/run/it's mine/a.sock");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(@"'/run/it'\''s mine/a.sock'", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Relative_path_is_refused()
    {
        CliResult result = await CliRun.RunAsync("sidecar", "--uds", "a.sock");

        Assert.Equal((65, ""), (result.ExitCode, result.Output));
        Assert.Contains("absolute", result.Error, StringComparison.Ordinal);
    }

    private static string[] After(string[] words, string word, int count) =>
        [.. words.SkipWhile(other => other != word).Take(count)];
}
