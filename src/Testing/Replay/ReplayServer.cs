using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

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
    private readonly ReplayServerOptions _options;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<ReplayedRequest> _arrivals = Channel.CreateUnbounded<ReplayedRequest>();
    private readonly List<(ReplayExchange Exchange, int Left)> _exchanges = [];
    private readonly List<ReplayedRequest> _requests = [];
    private readonly List<ReplayedRequest> _unmatched = [];
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private int _connectionCount;

    private ReplayServer(ReplayServerOptions options, Socket listener, Uri address)
    {
        _options = options;
        _listener = listener;
        Address = address;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens: <c>http://127.0.0.1:PORT</c>, <c>https://localhost:PORT</c> or
    /// <c>http+unix:///PATH</c>.</summary>
    public Uri Address { get; }

    /// <summary>How many connections it has accepted.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

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
    public static ReplayServer Start(ReplayServerOptions? options = null)
    {
        options ??= new();
        Socket listener;
        if (options.UnixSocketPath is { } path)
        {
            listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(512);
            return new(options, listener, new Uri("http+unix://" + Path.GetFullPath(path)));
        }

        listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        string origin = options.Certificate is null ? $"http://127.0.0.1:{port}" : $"https://localhost:{port}";
        return new(options, listener, new Uri(origin));
    }

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
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Task[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        await Task.WhenAll(connections);
        if (_options.UnixSocketPath is { } path)
        {
            File.Delete(path);
        }

        _stop.Dispose();
    }

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

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                int number = Interlocked.Increment(ref _connectionCount);
                var connection = new ReplayConnection(this, _options, socket, number);
                lock (_lock)
                {
                    _connections.RemoveAll(task => task.IsCompleted);
                    _connections.Add(connection.RunAsync(_stop.Token));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The server is being disposed.
        }
    }
}
