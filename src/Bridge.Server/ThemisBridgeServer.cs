using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Server.Authentication;

namespace ThemisBridge.Server;

/// <summary>The ready-made application behind <c>themis-bridge serve</c>.</summary>
public static class ThemisBridgeServer
{
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Builds the application. Nothing listens before it is started. On stop it takes no new requests and lets running
    /// ones end for 25 seconds, then ends them in their engines with an error that says so.
    /// </summary>
    /// <param name="configuration">The whole configuration; its section <c>ThemisBridge</c> is read.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The listeners are configured
    /// wrongly.</exception>
    public static WebApplication Build(IConfiguration configuration)
    {
        var listen = new ListenOptions();
        configuration.GetSection($"{BridgeOptions.SectionName}:Listen").Bind(listen);
        ListenPlan plan = ListenPlan.From(listen);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        // A start that fails is thrown to the caller, who reports it.
        builder.Logging.ClearProviders().AddBridgeConsole(configuration, LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.WebHost.UseUrls([.. plan.Urls]).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestLimits.MaxMessageBytes;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTime);
        builder.Services.AddThemisBridge(configuration).AddAllBackends().AddServer();
        if (plan.Uds is { } uds)
        {
            builder.Services.AddSingleton(uds).AddHostedService<UdsDoor>();
        }

        WebApplication application = builder.Build();
        if (plan.Token is { } token)
        {
            application.UseBearerToken(token);
        }

        application.MapThemisBridge();
        return application;
    }
}
