using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Transports.Http.Connections;

namespace ThemisBridge.Transports.Http.Composition;

/// <summary>Adds the HTTP transport.</summary>
public static class HttpBridgeBuilderExtensions
{
    /// <summary>
    /// Adds the address schemes <c>http</c>, <c>https</c> and <c>http+unix</c>. The options of an engine come from
    /// <c>ThemisBridge:Engines:{name}:Http</c>.
    /// </summary>
    /// <param name="builder">The bridge's builder.</param>
    /// <param name="configure">Sets options in code, after the configuration; given the engine's name. Or null.</param>
    public static IThemisBridgeBuilder AddHttp(
        this IThemisBridgeBuilder builder, Action<string, HttpBackendOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        // In front of the filters of the client factory: the first registered is the last to act.
        services.Insert(0, ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, BareClientFilter>());
        services.AddHttpClient();
        services.TryAddSingleton<HttpEndpoints>();
        services.AddSingleton<IConfigureOptions<HttpClientFactoryOptions>>(
            provider => provider.GetRequiredService<HttpEndpoints>());
        services.AddSingleton(new OptionsKeys("Engines:*:Http", typeof(HttpBackendOptions)));
        services.AddSingleton(new HttpOptionsSource(configure));
        services.AddSingleton<IBackendFactory, HttpBackendFactory>();
        return builder;
    }
}
