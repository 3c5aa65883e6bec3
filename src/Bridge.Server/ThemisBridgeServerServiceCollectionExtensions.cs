using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.NativeFallback;
using ThemisBridge.Server.Endpoints;
using ThemisBridge.Transports.Http.Composition;
using ThemisBridge.Transports.SharedMemory.Composition;
using ThemisBridge.Transports.Uds.Composition;

namespace ThemisBridge.Server;

/// <summary>Registers what a server needs beside the bridge.</summary>
public static class ThemisBridgeServerServiceCollectionExtensions
{
    /// <summary>Adds the endpoints' part; <see cref="ThemisBridgeEndpointRouteBuilderExtensions.MapThemisBridge"/>
    /// needs
    /// it.</summary>
    /// <param name="builder">What <c>AddThemisBridge</c> returned.</param>
    public static IThemisBridgeBuilder AddServer(this IThemisBridgeBuilder builder)
    {
        builder.Services.AddSingleton(new OptionsKeys("Listen", typeof(ListenOptions)));
        builder.Services.TryAddSingleton<ModelNames>();
        builder.Services.TryAddSingleton<HealthSnapshot>();
        builder.Services.TryAddSingleton<Drain>();
        return builder;
    }

    /// <summary>Adds every transport and engine that this build knows: one line each.</summary>
    /// <param name="builder">What <c>AddThemisBridge</c> returned.</param>
    public static IThemisBridgeBuilder AddAllBackends(this IThemisBridgeBuilder builder) => builder
        .AddHttp()
        .AddUds()
        .AddSharedMemory()
        .AddNative();
}
