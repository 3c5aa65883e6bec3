using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;

namespace ThemisBridge.Transports.Uds.Composition;

/// <summary>Adds the Unix-socket transport.</summary>
public static class UdsBridgeBuilderExtensions
{
    /// <summary>
    /// Adds the address scheme <c>frames+unix</c>. The options of an engine come from
    /// <c>ThemisBridge:Engines:{name}:Uds</c>.
    /// </summary>
    /// <param name="builder">The bridge's builder.</param>
    /// <param name="configure">Sets options in code, after the configuration; given the engine's name. Or null.</param>
    public static IThemisBridgeBuilder AddUds(
        this IThemisBridgeBuilder builder, Action<string, UdsBackendOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        services.AddSingleton(new OptionsKeys("Engines:*:Uds", typeof(UdsBackendOptions)));
        services.AddSingleton(new UdsOptionsSource(configure));
        services.AddSingleton<IBackendFactory, UdsBackendFactory>();
        return builder;
    }
}
