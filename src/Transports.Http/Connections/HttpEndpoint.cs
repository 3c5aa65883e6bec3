using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace ThemisBridge.Transports.Http.Connections;

/// <summary>One backend's address and options, and the handler and client made from them.</summary>
/// <param name="Id">The backend's id.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Options">How it is reached.</param>
/// <param name="ApiKey">The key, from wherever it was configured; or null.</param>
internal sealed record HttpEndpoint(string Id, HttpAddress Address, HttpBackendOptions Options, string? ApiKey)
{
    /// <summary>Makes the handler that owns the connections.</summary>
    public SocketsHttpHandler CreateHandler()
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

    /// <summary>Sets what every request carries.</summary>
    public void Configure(HttpClient client)
    {
        client.Timeout = Timeout.InfiniteTimeSpan;
        client.DefaultRequestVersion = HttpVersion.Version11;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        if (ApiKey is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
        }

        foreach ((string name, string value) in Options.Headers)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }
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
