using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.NativeFallback;
using ThemisBridge.Server;
using ThemisBridge.Transports.Http.Composition;

namespace ThemisBridge.EndToEnd.Tests.Doubles;

/// <summary>A whole bridge over the native engine with themis-tiny and its adapter, as a library and as a
/// server.</summary>
public sealed class TinyBridge : IAsyncLifetime
{
    private WebApplication? _application;

    internal Uri Address => new(_application!.Urls.Single());

    internal IServiceProvider Services => _application!.Services;

    internal IThemisBridge Bridge => Services.GetRequiredService<IThemisBridge>();

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHttpClient();
        builder.Services.AddThemisBridge(configure: options =>
        {
            options.Engines["native"] = new EngineOptions { Ladder = { "native:" } };
            options.Routes[TinyModel.Name] = ["native"];
            options.Adapters[TinyModel.Name] = new Dictionary<string, AdapterOptions>
            {
                [TinyModel.Adapter] = new() { GgufPath = TinyModel.File("lora-german.gguf") },
            };
        }).AddNative(ConfigureNative).AddServer();
        _application = builder.Build();
        _application.MapThemisBridge();
        await _application.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _application!.StopAsync();
        await _application.DisposeAsync();
    }

    /// <summary>A second bridge whose only engine is this one's server.</summary>
    internal ServiceProvider Remote()
    {
        var services = new ServiceCollection();
        services.AddThemisBridge(configure: options =>
        {
            options.Engines["remote"] = new EngineOptions { Ladder = { Address.ToString() } };
            options.Routes[TinyModel.Name] = ["remote"];
        }).AddHttp();
        return services.BuildServiceProvider();
    }

    internal static void ConfigureNative(NativeOptions options)
    {
        options.NativesPath = TinyModel.Natives;
        options.Models[TinyModel.Name] = new NativeModelOptions
        {
            Path = TinyModel.File("themis-tiny-q8_0.gguf"),
            Threads = 1,
        };
    }
}
