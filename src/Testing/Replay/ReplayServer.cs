using System.Net.Sockets;
using System.Threading.Channels;
using ThemisBridge.Testing.Sockets;

namespace ThemisBridge.Testing.Replay;

/// <summary>
/// An HTTP/1.1 server for tests that answers with exact bytes, cut and paused as told, over TCP, TLS or a Unix socket.
/// It interprets nothing: each request takes the first <see cref="ReplayExchange"/> that matches and is not used up; a
/// request for which there is none has its connection closed and is listed in <see cref="Unmatched"/>. Safe for use
/// from many threads.
/// </summary>
public sealed class ReplayServer : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SocketServer _sockets;
    private readonly Channel<ReplayedRequest> _arrivals = Channel.CreateUnbounded<ReplayedRequest>();
    private readonly List<(ReplayExchange Exchange, int Left)> _exchanges = [];
    private readonly List<ReplayedRequest> _requests = [];
    private readonly List<ReplayedRequest> _unmatched = [];

    private ReplayServer(ReplayServerOptions options)
    {
        Time = options.Time;
        var settings = new SocketSettings
        {
            UnixSocketPath = options.UnixSocketPath,
            Certificate = options.Certificate,
            AcceptsClient = options.AcceptsClient,
        };
        _sockets = SocketServer.Start(settings, (socket, number, stop) =>
            new ReplayConnection(this, settings, socket, number).RunAsync(stop));
    }

    /// <summary>Where it listens: <c>http://127.0.0.1:PORT</c>, <c>https://localhost:PORT</c> or
    /// <c>http+unix:///PATH</c>.</summary>
    public Uri Address => _sockets.Address;

    /// <summary>How many connections it has accepted.</summary>
    public int ConnectionCount => _sockets.ConnectionCount;

    /// <summary>Every request so far, in the order of their arrival.</summary>
    public IReadOnlyList<ReplayedRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>The requests for which there was no exchange.</summary>
    public IReadOnlyList<ReplayedRequest> Unmatched
    {
        get
        {
            lock (_lock)
            {
                return [.. _unmatched];
            }
        }
    }

    /// <summary>Starts a server; it accepts connections when this returns.</summary>
    /// <param name="options">How it listens. Default: plain text on a free TCP port of 127.0.0.1.</param>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static ReplayServer Start(ReplayServerOptions? options = null) => new(options ?? new());

    /// <summary>Adds an answer behind those that are there. Returns this server.</summary>
    /// <param name="exchange">The answer.</param>
    public ReplayServer Add(ReplayExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        lock (_lock)
        {
            _exchanges.Add((exchange, exchange.Times));
        }

        return this;
    }

    /// <summary>The next request that nobody has taken from here yet, once it has arrived.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask<ReplayedRequest> NextRequestAsync(CancellationToken cancellationToken = default) =>
        _arrivals.Reader.ReadAsync(cancellationToken);

    /// <summary>Closes the listener and every connection, and removes the socket file.</summary>
    public ValueTask DisposeAsync() => _sockets.DisposeAsync();

    internal TimeProvider Time { get; }

    internal ReplayExchange? Take(ReplayedRequest request)
    {
        lock (_lock)
        {
            _requests.Add(request);
            int index = _exchanges.FindIndex(entry => entry.Exchange.Matches?.Invoke(request) ?? true);
            if (index < 0)
            {
                _unmatched.Add(request);
            }

            ReplayExchange? exchange = index < 0 ? null : _exchanges[index].Exchange;
            if (exchange is not null)
            {
                int left = _exchanges[index].Left - 1;
                _exchanges[index] = (exchange, left);
                if (left == 0)
                {
                    _exchanges.RemoveAt(index);
                }
            }

            _arrivals.Writer.TryWrite(request);
            return exchange;
        }
    }
}
