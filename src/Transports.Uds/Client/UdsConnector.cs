using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Transports.Uds.Handshake;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.Uds.Client;

/// <summary>
/// Keeps one connection to a path, made when it is first needed. A failure is remembered for a while, so that requests
/// meanwhile fail at once instead of waiting for the same again.
/// </summary>
internal sealed class UdsConnector : IAsyncDisposable
{
    private readonly string _backend;
    private readonly string _path;
    private readonly UdsBackendOptions _options;
    private readonly ClientHandshake _handshake;
    private readonly Action<HelloFrame, string> _onHello;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly HashSet<ClientConnection> _open = [];
    private readonly CancellationTokenSource _disposed = new();
    private volatile ClientConnection? _current;
    private Task<ClientConnection>? _connecting;
    private BridgeException? _failure;
    private long _retryAt;
    private int _failuresInARow;
    private volatile bool _isDisposed;

    /// <param name="backend">The backend's id.</param>
    /// <param name="path">The socket.</param>
    /// <param name="options">How.</param>
    /// <param name="handshake">What is said first.</param>
    /// <param name="onHello">Is told what the listener said and over which transport.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Spreads retries.</param>
    /// <param name="logger">Is told what happens.</param>
    public UdsConnector(
        string backend, string path, UdsBackendOptions options, ClientHandshake handshake,
        Action<HelloFrame, string> onHello, TimeProvider time, Random random, ILogger logger)
    {
        _backend = backend;
        _path = path;
        _options = options;
        _handshake = handshake;
        _onHello = onHello;
        _time = time;
        _random = random;
        _logger = logger;
    }

    /// <summary>The connection to use.</summary>
    /// <param name="budget">How long to wait for one; null for the configured time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="BridgeException">There is none and none can be made.</exception>
    public async ValueTask<ClientConnection> GetAsync(TimeSpan? budget, CancellationToken cancellationToken)
    {
        if (_current is { IsUsable: true } current)
        {
            return current;
        }

        Task<ClientConnection> connecting;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_current is { IsUsable: true } made)
            {
                return made;
            }

            if (_connecting is null && _failure is not null && _time.GetTimestamp() < _retryAt)
            {
                throw new BridgeException(_failure.Failure, FailureStage.Connect, _failure.Message, _failure)
                    { Backend = _backend };
            }

            connecting = _connecting ??= Task.Run(ConnectAsync, CancellationToken.None);
        }

        TimeSpan limit = budget ?? _options.ConnectTimeout;
        try
        {
            return await connecting.WaitAsync(limit, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new BridgeException(BridgeFailure.DeadlineExceeded, FailureStage.Connect,
                $"No connection to the engine's socket within {limit.TotalSeconds:0.###} s. The listener may be frozen.", e)
            { Backend = _backend };
        }
    }

    public async ValueTask DisposeAsync()
    {
        ClientConnection[] open;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            open = [.. _open];
        }

        await _disposed.CancelAsync().ConfigureAwait(false);

        foreach (ClientConnection connection in open)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        if (_connecting is { } connecting)
        {
            await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _disposed.Dispose();
    }

    private async Task<ClientConnection> ConnectAsync()
    {
        try
        {
            ClientConnection connection = await OpenAsync().ConfigureAwait(false);
            // Before anybody can get the connection: what it can do decides what is sent to it.
            _onHello(connection.Peer, connection.Kind);
            lock (_lock)
            {
                if (_isDisposed)
                {
                    connection.End(new BridgeException(BridgeFailure.ConnectionLost, FailureStage.Connect,
                        "The backend was closed while it connected.") { Backend = _backend }, tell: false);
                }

                _connecting = null;
                _failure = null;
                _failuresInARow = 0;
                _current = connection;
                _open.Add(connection);
            }

            _ = ForgetAsync(connection);
            connection.Start();
            _logger.Connected(_backend, connection.Peer.Content.ToString(), connection.Kind);
            return connection;
        }
        catch (BridgeException e)
        {
            Remember(e);
            throw;
        }
    }

    private async Task<ClientConnection> OpenAsync()
    {
        using var limit = new CancellationTokenSource(_options.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _disposed.Token);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), either.Token).ConfigureAwait(false);
            (IFrameChannel channel, HelloFrame peer) =
                await _handshake.RunAsync(socket, either.Token).ConfigureAwait(false);
            return new ClientConnection(channel, peer, _backend,
                new ConnectionTimes(_options.PingAfter, _options.SilenceTimeout), OnDrain, _time, _logger);
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw Translate(e, limit.IsCancellationRequested);
        }
    }

    private BridgeException Translate(Exception exception, bool isTimeout) => exception switch
    {
        BridgeException failure => new BridgeException(failure.Failure, FailureStage.Connect, failure.Message, failure)
        { Backend = _backend },
        OperationCanceledException when isTimeout =>
            new BridgeException(BridgeFailure.DeadlineExceeded, FailureStage.Connect,
            $"The listener did not shake hands within {_options.ConnectTimeout.TotalSeconds:0.###} s. It may be frozen.", exception)
        { Backend = _backend },
        SocketException { SocketErrorCode: SocketError.AccessDenied } => new BridgeException(
            BridgeFailure.Unauthorized, FailureStage.Connect,
            "This user may not open the engine's socket. Run as the listener's user, or have it list this one.", exception)
        { Backend = _backend },
        PlatformNotSupportedException => new BridgeException(
            BridgeFailure.ConnectionFailed, FailureStage.Connect, exception.Message, exception) { Backend = _backend },
        _ => new BridgeException(BridgeFailure.ConnectionFailed, FailureStage.Connect,
            "Nobody listens at the engine's socket. Start the engine, or correct its address.", exception)
        { Backend = _backend },
    };

    private void Remember(BridgeException failure)
    {
        TimeSpan wait;
        lock (_lock)
        {
            double longest = _options.FirstBackoff.TotalSeconds * Math.Pow(2, Math.Min(_failuresInARow++, 30));
            wait = TimeSpan.FromSeconds(
                Math.Min(longest, _options.LongestBackoff.TotalSeconds) * (0.75 + (_random.NextDouble() / 4)));
            _retryAt = _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency);
            _failure = failure;
            _connecting = null;
        }

        _logger.ConnectFailed(_backend, failure.Failure.ToString(), failure.Message, wait.TotalMilliseconds);
    }

    private void OnDrain(ClientConnection connection, string reason)
    {
        _logger.ListenerDrains(_backend, reason);
        Drop(connection);
    }

    private void Drop(ClientConnection connection)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_current, connection))
            {
                _current = null;
            }
        }
    }

    private async Task ForgetAsync(ClientConnection connection)
    {
        await connection.Closed.ConfigureAwait(false);
        Drop(connection);
        lock (_lock)
        {
            _open.Remove(connection);
        }

        if (connection.EndedBy is { } end && !_isDisposed)
        {
            _logger.ConnectionLost(_backend, end.Failure.ToString(), end.Message);
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
