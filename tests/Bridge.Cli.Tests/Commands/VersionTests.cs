using ThemisBridge.Cli.Tests.Doubles;

namespace ThemisBridge.Cli.Tests.Commands;

public sealed class VersionTests
{
    [Fact]
    public async Task Version_is_printed_alone()
    {
        CliResult result = await CliRun.RunAsync("--version");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+(\S*)\n$", result.Output);
    }

    [Theory]
    [InlineData("--help", "ask", "serve", "doctor", "sidecar", "bench", "--config")]
    [InlineData("ask --help", "--json", "--engine", "--adapter", "PROMPT")]
    [InlineData("bench transports --help", "--quick", "--json", "--only", "--placement")]
    [InlineData("doctor --help", "--json", "--config")]
    [InlineData("sidecar --help", "--engine", "--uds")]
    [InlineData("serve --help", "--listen", "--token-file", "--insecure-no-auth")]
    public async Task Help_names_every_command_and_option(string arguments, params string[] mentions)
    {
        CliResult result = await CliRun.RunAsync(arguments.Split(' '));

        Assert.Equal(0, result.ExitCode);
        Assert.All(mentions, mention => Assert.Contains(mention, result.Output, StringComparison.Ordinal));
    }
}
