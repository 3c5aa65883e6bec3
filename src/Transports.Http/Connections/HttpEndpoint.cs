using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ThemisBridge.Transports.Http.Connections;

/// <summary>One backend's address and options, and the handlers and requests made from them.</summary>
/// <param name="Id">The backend's id.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Options">How it is reached.</param>
/// <param name="ApiKey">The key, from wherever it was configured; or null.</param>
internal sealed record HttpEndpoint(string Id, HttpAddress Address, HttpBackendOptions Options, string? ApiKey)
{
    // A parsed address is kept: making one anew costs as much as writing the request's head.
    private readonly ConcurrentDictionary<string, Uri> _routes = new(StringComparer.Ordinal);
    private readonly string? _authorization = ApiKey is null ? null : "Bearer " + ApiKey;

    /// <summary>Makes the handler that owns the connections.</summary>
    /// <param name="keepsConnections">False makes a new connection for every request.</param>
    public SocketsHttpHandler CreateHandler(bool keepsConnections = true)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect, a cookie, an inherited proxy or a compressed body is never what an engine means.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionIdleTimeout = Options.IdleConnectionLifetime,
            PooledConnectionLifetime = keepsConnections ? Timeout.InfiniteTimeSpan : TimeSpan.Zero,
            PlaintextStreamFilter = static (context, _) =>
                ValueTask.FromResult<Stream>(new ConnectionStream(context.PlaintextStream)),
            SslOptions = TlsSettings.Create(Options),
            // A stream that is left early is closed at once, so that its engine stops: nothing is read to the end.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
            // The trace parent is the request's own.
            ActivityHeadersPropagator = null,
        };
        if (Address.UnixSocketPath is { } path)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectUnixAsync(path, cancellationToken);
        }

        return handler;
    }

    /// <summary>A request for a route with what every request carries.</summary>
    /// <param name="method">The method.</param>
    /// <param name="route">The route, such as <c>/v1/models</c>.</param>
    public HttpRequestMessage CreateRequest(HttpMethod method, string route)
    {
        Uri address = _routes.GetOrAdd(route, static (one, root) => root.Of(one), Address);
        var request = new HttpRequestMessage(method, address)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (_authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", _authorization);
        }

        foreach ((string name, string value) in Options.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static async ValueTask<Stream> ConnectUnixAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
