using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Server;
using ThemisBridge.Transports.Uds.Composition;

namespace ThemisBridge.EndToEnd.Tests.Doubles;

/// <summary>What <c>serve --uds</c> runs, over the native engine, and a second bridge whose only engine is that
/// socket.</summary>
public sealed class TinySocket : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("themis-socket").FullName;
    private WebApplication? _application;
    private ServiceProvider? _remote;

    /// <summary>The bridge that serves.</summary>
    internal IThemisBridge Native => _application!.Services.GetRequiredService<IThemisBridge>();

    /// <summary>The bridge that asks it.</summary>
    internal IThemisBridge Remote => _remote!.GetRequiredService<IThemisBridge>();

    internal string Path => System.IO.Path.Combine(_folder, "bridge.sock");

    public async ValueTask InitializeAsync()
    {
        _application = ThemisBridgeServer.Build(new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["ThemisBridge:Listen:Http:0"] = "http://127.0.0.1:0",
                ["ThemisBridge:Listen:Uds"] = Path,
                ["ThemisBridge:Engines:native:Ladder:0"] = "native:",
                [$"ThemisBridge:Routes:{TinyModel.Name}:0"] = "native",
                ["ThemisBridge:Native:NativesPath"] = TinyModel.Natives,
                [$"ThemisBridge:Native:Models:{TinyModel.Name}:Path"] = TinyModel.File("themis-tiny-q8_0.gguf"),
                [$"ThemisBridge:Native:Models:{TinyModel.Name}:Threads"] = "1",
                [$"ThemisBridge:Adapters:{TinyModel.Name}:{TinyModel.Adapter}:GgufPath"] =
                    TinyModel.File("lora-german.gguf"),
            }).Build());
        await _application.StartAsync();
        var services = new ServiceCollection();
        services.AddThemisBridge(configure: options =>
        {
            options.Engines["remote"] = new EngineOptions { Ladder = { $"frames+unix://{Path}" } };
            options.Routes[TinyModel.Name] = ["remote"];
        }).AddUds();
        _remote = services.BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _remote!.DisposeAsync();
        await _application!.StopAsync();
        await _application.DisposeAsync();
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Directory.Delete(_folder);
    }
}
