using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Server.Endpoints;

/// <summary>
/// The end of a server: requests that run when it is told to stop get most of the host's time to end by themselves;
/// what then still runs is ended with an error that says so, while there is time left to send it.
/// </summary>
internal sealed class Drain : IDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenRegistration _stopping;

    public Drain(IHostApplicationLifetime lifetime, IOptions<HostOptions> host, TimeProvider time)
    {
        _over = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        TimeSpan patience = PatienceOf(host.Value);
        _stopping = lifetime.ApplicationStopping.Register(() => _over.CancelAfter(patience));
    }

    /// <summary>How long requests that run may still take when the server is told to stop.</summary>
    public static TimeSpan PatienceOf(HostOptions host)
    {
        TimeSpan spare = host.ShutdownTimeout - Farewell;
        return spare > TimeSpan.Zero ? spare : TimeSpan.Zero;
    }

    /// <summary>Ends when the client goes or the server's patience is over. The caller disposes it.</summary>
    public CancellationTokenSource Watch(HttpContext context) =>
        CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _over.Token);

    /// <summary>The failure of a request that the server itself ended; null when the client went.</summary>
    public BridgeException? FailureOf(HttpContext context) =>
        _over.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested
            ? new BridgeException(BridgeFailure.Draining, FailureStage.Stream,
                "The server is shutting down and could not wait for the answer. Send the request again.")
            : null;

    public void Dispose()
    {
        _stopping.Dispose();
        _over.Dispose();
    }
}
