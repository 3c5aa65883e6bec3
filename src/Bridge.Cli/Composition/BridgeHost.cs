using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Failures;
using ThemisBridge.Server;

namespace ThemisBridge.Cli.Composition;

/// <summary>The bridge of a command that runs to its end in this process.</summary>
internal static class BridgeHost
{
    /// <summary>Composes the bridge.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="onlyEngine">The one engine that every route keeps, or null for the routes as they are.</param>
    public static ServiceProvider Build(IConfiguration configuration, string? onlyEngine)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddBridgeConsole(configuration, LogLevel.Error));
        services.AddThemisBridge(configuration).AddAllBackends().AddServer();
        if (onlyEngine is not null)
        {
            services.PostConfigure<BridgeOptions>(options => Keep(options, onlyEngine));
        }

        return services.BuildServiceProvider();
    }

    /// <summary>The configured default model, else the only one, else the embedded one.</summary>
    public static string DefaultModel(IServiceProvider services)
    {
        BridgeOptions options = services.GetRequiredService<IOptions<BridgeOptions>>().Value;
        return options.DefaultModel
            ?? (options.Routes.Count == 1 ? options.Routes.Keys.Single() : EmbeddedModel.Name);
    }

    private static void Keep(BridgeOptions options, string engine)
    {
        if (!options.Engines.ContainsKey(engine))
        {
            throw Refusal.InvalidRequest("engine",
                $"There is no engine '{engine}'. Configured: {string.Join(", ", options.Engines.Keys.Order())}.");
        }

        foreach (string model in options.Routes.Keys.ToArray())
        {
            options.Routes[model] = [engine];
        }
    }
}
