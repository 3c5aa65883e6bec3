using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;

namespace ThemisBridge.NativeFallback;

/// <summary>Adds the engine in this process.</summary>
public static class NativeBridgeBuilderExtensions
{
    /// <summary>
    /// Makes <c>native:</c> an address: llama.cpp in this process, with the models of the section
    /// <c>ThemisBridge:Native</c>. It answers only where a route lists its engine.
    /// </summary>
    /// <param name="builder">What <c>AddThemisBridge</c> returned.</param>
    /// <param name="configure">Sets options in code, after the configuration; or null.</param>
    public static IThemisBridgeBuilder AddNative(
        this IThemisBridgeBuilder builder, Action<NativeOptions>? configure = null)
    {
        builder.Services.AddSingleton(new OptionsKeys("Native", typeof(NativeOptions)));
        builder.Services.AddOptions<NativeOptions>().ValidateOnStart();
        builder.Services.AddSingleton<IConfigureOptions<NativeOptions>>(provider =>
            new BindFromBridge<NativeOptions>(provider.GetService<BridgeConfiguration>(), "Native"));
        if (configure is not null)
        {
            builder.Services.Configure(configure);
        }

        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IBackendFactory, NativeBackendFactory>());
        return builder;
    }
}
