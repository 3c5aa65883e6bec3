using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Uds.Composition;

namespace ThemisBridge.Transports.Uds.Tests.Composition;

public sealed class CompositionTests
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bridge_answers_over_a_configured_socket()
    {
        await using var fixture = new ListenerFixture();
        await using ServiceProvider services = Bridge(new()
        {
            ["Engines:a:Ladder:0"] = $"frames+unix://{fixture.Path}",
            ["Engines:a:Models:m"] = "m",
            ["Engines:a:Uds:WindowTokens"] = "64",
            ["Engines:a:Uds:PeerUids:0"] = "1000",
        });
        InferenceResult result = await services.GetRequiredService<IThemisBridge>()
            .CompleteAsync(ListenerFixture.Request() with { Output = OutputParts.Text }, Ending);
        Assert.Equal("0 1 2 ", result.Text);
        Assert.Equal(("a", "uds"), (result.Start.Engine, result.Start.Transport));
    }

    [Theory]
    [InlineData("frames+unix://relative.sock", null, "absolute path")]
    [InlineData("frames+unix:/run/x.sock", null, "frames+unix:///")]
    [InlineData("frames+unix:///run/x.sock", "WindowTokens=1", "WindowTokens is 1")]
    [InlineData("frames+unix:///run/x.sock", "ConnectTimeout=-00:00:01", "ConnectTimeout")]
    [InlineData("frames+unix:///run/x.sock", "Window=4", "Window is not a known key")]
    [InlineData("frames+unix:///run/x.sock", "TokenFile=/nonexistent/token", "TokenFile cannot be read")]
    public void Wrong_configuration_fails_with_what_was_expected(string address, string? option, string expected)
    {
        Dictionary<string, string?> settings = new() { ["Engines:a:Ladder:0"] = address, ["Engines:a:Models:m"] = "m" };
        if (option?.Split('=') is [string key, string value])
        {
            settings[$"Engines:a:Uds:{key}"] = value;
        }

        using ServiceProvider services = Bridge(settings);
        Exception failure = Assert.ThrowsAny<Exception>(services.GetRequiredService<IThemisBridge>);
        Assert.Contains(expected, (failure as OptionsValidationException ?? failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Token_given_twice_or_too_long_is_refused()
    {
        Assert.NotNull(UdsOptionsCheck.FaultOf(new UdsBackendOptions { Token = "a", TokenFile = "b" }));
        Assert.NotNull(UdsOptionsCheck.FaultOf(new UdsBackendOptions { Token = new string('a', 5000) }));
        Assert.NotNull(UdsOptionsCheck.FaultOf(new UdsBackendOptions { Token = "" }));
        Assert.NotNull(UdsOptionsCheck.FaultOf(new UdsBackendOptions { Token = "two words" }));
        Assert.Null(UdsOptionsCheck.FaultOf(new UdsBackendOptions { Token = "a" }));
    }

    [Theory]
    [InlineData("secret\n", "secret")]
    [InlineData(" secret \r\n\n", "secret")]
    [InlineData("two\nlines", null)]
    [InlineData("", null)]
    [InlineData("\n", null)]
    [InlineData("schlüssel", null)]
    public void Token_file_holds_one_token_of_visible_characters(string text, string? token)
    {
        using var folder = new SocketFolder();
        var options = new UdsBackendOptions { TokenFile = Path.Combine(folder.Folder, "token") };
        File.WriteAllText(options.TokenFile, text);
        Assert.Equal(token is null, UdsOptionsCheck.FaultOf(options) is not null);
        if (token is not null)
        {
            Assert.Equal(token, UdsOptionsCheck.ReadToken(options));
        }
    }

    [Fact]
    public void Listener_that_lists_users_without_a_token_is_refused()
    {
        var options = new UdsListenerOptions { Path = "/run/x.sock" };
        Assert.Null(UdsOptionsCheck.FaultOf(options));
        options.AllowedUids.Add(1000);
        Assert.NotNull(UdsOptionsCheck.FaultOf(options));
        options.Token = "a";
        Assert.Null(UdsOptionsCheck.FaultOf(options));
        options.MaxRequests = 70000;
        Assert.NotNull(UdsOptionsCheck.FaultOf(options));
    }

    private static ServiceProvider Bridge(Dictionary<string, string?> settings)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(pair => $"ThemisBridge:{pair.Key}", pair => pair.Value)).Build();
        var services = new ServiceCollection();
        services.AddThemisBridge(configuration).AddUds();
        return services.BuildServiceProvider();
    }
}
