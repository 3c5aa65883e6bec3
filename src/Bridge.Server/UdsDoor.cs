using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Server.Endpoints;
using ThemisBridge.Transports.Uds;
using ThemisBridge.Transports.Uds.Channels;

namespace ThemisBridge.Server;

/// <summary>
/// Serves the whole bridge at a Unix socket for as long as the host runs. It drains from the moment the host is told to
/// stop, together with HTTP and not after it.
/// </summary>
internal sealed class UdsDoor : IHostedService, IAsyncDisposable
{
    private readonly UdsListener _listener;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeSpan _patience;
    private CancellationTokenRegistration _stopping;

    public UdsDoor(
        UdsListenerOptions options, IThemisBridge bridge, IEnumerable<IChannelUpgrade> upgrades, TimeProvider time,
        IHostApplicationLifetime lifetime, IOptions<HostOptions> host, ILogger<UdsListener> logger)
    {
        _listener = new UdsListener(options, bridge, logger, time, upgrades);
        _lifetime = lifetime;
        _patience = Drain.PatienceOf(host.Value);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.Start();
        // Stopping twice is stopping once: whoever comes second waits for the first.
        _stopping = _lifetime.ApplicationStopping.Register(
            () => _ = _listener.StopAsync(_patience, CancellationToken.None));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _listener.StopAsync(_patience, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.DisposeAsync();
        await _listener.DisposeAsync();
    }
}
