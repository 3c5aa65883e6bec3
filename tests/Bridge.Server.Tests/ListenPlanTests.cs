using Microsoft.Extensions.Options;

namespace ThemisBridge.Server.Tests;

public sealed class ListenPlanTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("themis-listen").FullName;

    [Fact]
    public void Nothing_configured_listens_on_loopback_without_a_token()
    {
        ListenPlan plan = ListenPlan.From(new ListenOptions());

        Assert.Equal(["http://127.0.0.1:8766"], plan.Urls);
        Assert.Null(plan.Token);
    }

    [Theory]
    [InlineData("http://0.0.0.0:80")]
    [InlineData("http://[::]:80")]
    [InlineData("http://*:80")]
    [InlineData("http://192.168.1.2:80")]
    public void Listener_that_others_reach_needs_a_token_or_the_flag(string url)
    {
        Assert.Contains("--token-file", Faults(new ListenOptions { Http = { url } })[0], StringComparison.Ordinal);
        Assert.Null(ListenPlan.From(new ListenOptions { Http = { url }, InsecureNoAuth = true }).Token);
        Assert.Equal("secret",
            ListenPlan.From(new ListenOptions { Http = { url }, TokenFile = TokenFile(" secret\n") }).Token);
    }

    [Theory]
    [InlineData("http://localhost:1")]
    [InlineData("http://127.0.0.2:1")]
    [InlineData("http://[::1]:1")]
    public void Loopback_needs_none(string url) =>
        Assert.Null(ListenPlan.From(new ListenOptions { Http = { url } }).Token);

    [Theory]
    [InlineData("127.0.0.1:1")]
    [InlineData("https://127.0.0.1:1")]
    [InlineData("http://127.0.0.1:1/path")]
    public void Address_of_another_form_is_refused_with_its_key(string url) =>
        Assert.Contains("ThemisBridge:Listen:Http:0", Faults(new ListenOptions { Http = { url } })[0],
            StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("two words")]
    public void Token_file_must_hold_one_token(string content) =>
        Assert.Contains("one token", Faults(new ListenOptions { TokenFile = TokenFile(content) })[0],
            StringComparison.Ordinal);

    [Fact]
    public void Token_file_that_is_missing_is_refused() =>
        Assert.Contains("cannot be read", Faults(new ListenOptions { TokenFile = Path.Combine(_folder, "none") })[0],
            StringComparison.Ordinal);

    [Fact]
    public void Socket_takes_its_users_group_and_token()
    {
        ListenPlan plan = ListenPlan.From(new ListenOptions
        {
            Uds = "/run/themis/bridge.sock",
            UdsAllowedUids = { 1001 },
            UdsGroup = 1002,
            TokenFile = TokenFile("secret"),
        });

        Assert.Equal(("/run/themis/bridge.sock", 1002u, "secret"), (plan.Uds!.Path, plan.Uds.Group, plan.Uds.Token));
        Assert.Equal([1001u], plan.Uds.AllowedUids);
        Assert.Null(ListenPlan.From(new ListenOptions()).Uds);
    }

    [Fact]
    public void Socket_that_cannot_be_is_refused_with_its_key()
    {
        Assert.Contains("Listen:Uds \"relative\": expected the absolute path",
            Faults(new ListenOptions { Uds = "relative" })[0], StringComparison.Ordinal);
        Assert.Contains("--uds", Faults(new ListenOptions { UdsGroup = 1 })[0], StringComparison.Ordinal);
        Assert.Contains("--token-file", Faults(new ListenOptions { Uds = "/run/s", UdsAllowedUids = { 1 } })[0],
            StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] Faults(ListenOptions options) =>
        [.. Assert.Throws<OptionsValidationException>(() => ListenPlan.From(options)).Failures];

    private string TokenFile(string content)
    {
        string path = Path.Combine(_folder, "token");
        File.WriteAllText(path, content);
        return path;
    }
}
