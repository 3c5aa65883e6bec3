using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Chat;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Routing;
using ThemisBridge.Core.Telemetry;

namespace ThemisBridge.Core.Composition;

/// <summary>Registers ThemisBridge.</summary>
public static class ThemisBridgeServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IThemisBridge"/>, <see cref="IChatClient"/> and <see cref="IEmbeddingGenerator{TInput,
    /// TEmbedding}"/>
    /// (the two latter ask <see cref="BridgeOptions.DefaultModel"/> where a caller names no model). The options are
    /// checked when the host starts, and at the latest when the bridge is first resolved. Transports are added to the
    /// builder that is returned.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">
    /// The application's configuration; its section <c>ThemisBridge</c> is read. Null: <paramref name="configure"/>
    /// alone.
    /// </param>
    /// <param name="configure">Sets options in code, after the configuration; or null.</param>
    public static IThemisBridgeBuilder AddThemisBridge(
        this IServiceCollection services, IConfiguration? configuration = null, Action<BridgeOptions>? configure = null)
    {
        OptionsBuilder<BridgeOptions> options = services.AddOptions<BridgeOptions>().ValidateOnStart();
        if (configuration is not null)
        {
            options.Bind(configuration.GetSection(BridgeOptions.SectionName));
            services.TryAddSingleton(new BridgeConfiguration(configuration.GetSection(BridgeOptions.SectionName)));
        }

        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddSingleton(new OptionsKeys("", typeof(BridgeOptions)));
        services.AddMetrics();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<BridgeMetrics>();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<BridgeOptions>, BridgeOptionsValidator>());
        services.TryAddSingleton<EngineSet>();
        services.TryAddSingleton<IThemisBridge>(Router);
        services.TryAddSingleton<IAdapterRollout>(
            provider => new AdapterRollout(provider.GetRequiredService<EngineSet>().Table));
        services.TryAddSingleton<IModelLoader>(ModelLoader);
        services.TryAddSingleton<IChatClient>(ChatClient);
        services.TryAddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(EmbeddingGenerator);
        return new ThemisBridgeBuilder(services);
    }

    private static BridgeRouter Router(IServiceProvider provider) => new(
        provider.GetRequiredService<EngineSet>().Table,
        provider.GetRequiredService<IOptions<BridgeOptions>>().Value,
        provider.GetRequiredService<BridgeMetrics>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<BridgeRouter>>());

    private static IModelLoader ModelLoader(IServiceProvider provider) =>
        provider.GetRequiredService<EngineSet>().Table.Backends
            .Select(entry => entry.Backend).OfType<IModelLoader>().FirstOrDefault()
        ?? throw new InvalidOperationException(
            "No configured engine loads models in this process. Add one with the address \"native:\".");

    private static BridgeChatClient ChatClient(IServiceProvider provider) => new(
        provider.GetRequiredService<IThemisBridge>(), DefaultModel(provider),
        provider.GetRequiredService<TimeProvider>());

    private static BridgeEmbeddingGenerator EmbeddingGenerator(IServiceProvider provider) => new(
        provider.GetRequiredService<IThemisBridge>(), DefaultModel(provider),
        provider.GetRequiredService<TimeProvider>());

    private static string? DefaultModel(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<BridgeOptions>>().Value.ResolveDefaultModel();
}
