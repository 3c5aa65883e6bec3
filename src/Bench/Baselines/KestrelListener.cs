using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThemisBridge.Bench.Peers;

namespace ThemisBridge.Bench.Baselines;

/// <summary>A bare Kestrel in the peer process: no logging, no signals of its own, one listener.</summary>
internal static class KestrelListener
{
    /// <summary>Listens until the process ends.</summary>
    /// <param name="scope">Where a Unix socket goes.</param>
    /// <param name="overUnixSocket">A Unix socket instead of a free port of the loopback.</param>
    /// <param name="protocols">HTTP/1.1, or HTTP/2 without TLS.</param>
    /// <param name="services">Adds services.</param>
    /// <param name="map">Says what is answered.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The socket's path, or <c>http://address:port</c>.</returns>
    public static async Task<string> StartAsync(
        ServeScope scope, bool overUnixSocket, HttpProtocols protocols, Action<IServiceCollection> services,
        Action<WebApplication> map, CancellationToken cancellationToken)
    {
        var path = overUnixSocket ? scope.NewPath("sock") : null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        services(builder.Services);
        builder.WebHost.ConfigureKestrel(options =>
        {
            if (path is null)
                options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
            else
                options.ListenUnixSocket(path, listen => listen.Protocols = protocols);
        });
        var application = builder.Build();
        map(application);
        await application.StartAsync(cancellationToken);
        return path ?? application.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
    }
}
