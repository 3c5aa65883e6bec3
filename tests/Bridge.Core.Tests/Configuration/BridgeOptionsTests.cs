using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Tests.Doubles;

namespace ThemisBridge.Core.Tests.Configuration;

public sealed class BridgeOptionsTests
{
    private static readonly Dictionary<string, string?> Good = new()
    {
        ["ThemisBridge:Engines:a:Ladder:0"] = "fake:1",
        ["ThemisBridge:Engines:a:Models:public"] = "served",
        ["ThemisBridge:Engines:b:Ladder:0"] = "fake:2",
        ["ThemisBridge:Routes:m:0"] = "b",
        ["ThemisBridge:Routes:m:1"] = "a",
        ["ThemisBridge:Adapters:m:german:GgufPath"] = "x.gguf",
        ["ThemisBridge:Limits:IdleTimeout"] = "00:00:07",
    };

    [Fact]
    public void Good_configuration_gives_routes_of_both_kinds()
    {
        using ServiceProvider services = Services(Good);

        Assert.Equal(["m", "public"], services.GetRequiredService<IThemisBridge>().Models);
        Assert.Equal(TimeSpan.FromSeconds(7),
            services.GetRequiredService<IOptions<BridgeOptions>>().Value.Limits.IdleTimeout);
    }

    [Theory]
    [InlineData("ThemisBridge:Enginess:a", "x", "ThemisBridge:Enginess is not a known key. Expected one of: ")]
    [InlineData("ThemisBridge:Engines:a:Lader", "x",
        "ThemisBridge:Engines:a:Lader is not a known key. Expected one of: Ladder, Models.")]
    [InlineData("ThemisBridge:Adapters:m:german:Gguf", "x",
        "ThemisBridge:Adapters:m:german:Gguf is not a known key. Expected one of: Digest, GgufPath, PeftPath, Scale.")]
    [InlineData("ThemisBridge:Limits:Idle", "x", "ThemisBridge:Limits:Idle is not a known key.")]
    [InlineData("ThemisBridge:Engines:a:Ladder:0", "nothing",
        "ThemisBridge:Engines:a:Ladder:0 \"nothing\": expected an address that starts with a scheme; known schemes: fake.")]
    [InlineData("ThemisBridge:Engines:a:Ladder:0", "grpc://x", "the scheme 'grpc' is not known; known schemes: fake.")]
    [InlineData("ThemisBridge:Engines:a:Ladder:0", "fake:bad",
        "ThemisBridge:Engines:a:Ladder:0 \"fake:bad\": a fake address is a number")]
    [InlineData("ThemisBridge:Routes:m:0", "c",
        "ThemisBridge:Routes:m:0 \"c\" is not an engine; expected one of: a, b.")]
    [InlineData("ThemisBridge:DefaultModel", "none",
        "ThemisBridge:DefaultModel \"none\" has no route; expected one of: m, public.")]
    [InlineData("ThemisBridge:Adapters:m:french:Scale", "1",
        "ThemisBridge:Adapters:m:french has no file; expected PeftPath")]
    [InlineData("ThemisBridge:Limits:TotalTimeout", "-00:00:05",
        "ThemisBridge:Limits:TotalTimeout is -00:00:05; expected a duration")]
    [InlineData("ThemisBridge:Engines:a b:Ladder:0", "fake:1", "ThemisBridge:Engines:a b: an engine's name has")]
    public void Fault_is_reported_with_its_key_and_what_was_expected(string key, string value, string expected)
    {
        using ServiceProvider services = Services(new Dictionary<string, string?>(Good) { [key] = value });

        OptionsValidationException failure = Assert.Throws<OptionsValidationException>(
            services.GetRequiredService<IThemisBridge>);

        Assert.Contains(failure.Failures, one => one.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Value_of_the_wrong_type_is_reported_with_its_key()
    {
        using ServiceProvider services = Services(
            new Dictionary<string, string?>(Good) { ["ThemisBridge:Limits:IdleTimeout"] = "soon" });

        InvalidOperationException failure = Assert.Throws<InvalidOperationException>(
            services.GetRequiredService<IThemisBridge>);

        Assert.Contains("ThemisBridge:Limits:IdleTimeout", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_a_transport_are_known_below_each_engine_once_it_says_so()
    {
        var configured = new Dictionary<string, string?>(Good) { ["ThemisBridge:Engines:a:Fake:Scale"] = "1" };
        using ServiceProvider without = Services(configured);
        using ServiceProvider with = Services(configured,
            services => services.AddSingleton(new OptionsKeys("Engines:*:Fake", typeof(AdapterOptions))));

        Assert.Throws<OptionsValidationException>(without.GetRequiredService<IThemisBridge>);
        Assert.NotNull(with.GetRequiredService<IThemisBridge>());
    }

    [Fact]
    public void Default_model_is_the_only_route_or_what_is_configured()
    {
        var options = new BridgeOptions { Routes = { ["m"] = ["e"] } };
        Assert.Equal("m", options.ResolveDefaultModel());

        options.Routes["n"] = ["e"];
        Assert.Null(options.ResolveDefaultModel());

        options.DefaultModel = "n";
        Assert.Equal("n", options.ResolveDefaultModel());
    }

    [Fact]
    public async Task Backends_are_disposed_with_the_application()
    {
        ServiceProvider services = Services(Good);
        _ = services.GetRequiredService<IThemisBridge>();
        var factory = (FakeBackendFactory)services.GetRequiredService<IBackendFactory>();

        await services.DisposeAsync();

        Assert.Equal(2, factory.Disposed);
    }

    private static ServiceProvider Services(
        Dictionary<string, string?> values, Action<IServiceCollection>? more = null)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        var services = new ServiceCollection();
        services.AddThemisBridge(configuration).Services.AddSingleton<IBackendFactory, FakeBackendFactory>();
        more?.Invoke(services);
        return services.BuildServiceProvider();
    }
}
