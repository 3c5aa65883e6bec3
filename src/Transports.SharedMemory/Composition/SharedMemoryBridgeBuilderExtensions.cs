using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.Uds.Channels;

namespace ThemisBridge.Transports.SharedMemory.Composition;

/// <summary>Adds shared memory to the Unix-socket transport.</summary>
public static class SharedMemoryBridgeBuilderExtensions
{
    /// <summary>
    /// Lets connections of <c>AddUds()</c> and of listeners move to shared memory. Options come from
    /// <c>ThemisBridge:SharedMemory</c>.
    /// </summary>
    /// <param name="builder">The bridge's builder.</param>
    /// <param name="configure">Sets options in code, after the configuration; or null.</param>
    public static IThemisBridgeBuilder AddSharedMemory(
        this IThemisBridgeBuilder builder, Action<SharedMemoryOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(new OptionsKeys("SharedMemory", typeof(SharedMemoryOptions)));
        builder.Services.AddSingleton(services => new SharedMemoryUpgrade(
            Read(services.GetService<BridgeConfiguration>(), configure),
            services.GetRequiredService<ILogger<SharedMemoryUpgrade>>()));
        builder.Services.AddSingleton<IChannelUpgrade>(
            static services => services.GetRequiredService<SharedMemoryUpgrade>());
        builder.Services.AddSingleton<ISharedMemoryStatus>(
            static services => services.GetRequiredService<SharedMemoryUpgrade>());
        return builder;
    }

    private static SharedMemoryOptions Read(BridgeConfiguration? configuration, Action<SharedMemoryOptions>? configure)
    {
        var options = new SharedMemoryOptions();
        configuration?.Section.GetSection("SharedMemory").Bind(options);
        configure?.Invoke(options);
        return options.FindFault() is { } fault
            ? throw new OptionsValidationException(
                "SharedMemory", typeof(SharedMemoryOptions), [$"ThemisBridge:SharedMemory: {fault}"])
            : options;
    }
}
