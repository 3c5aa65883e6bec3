using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Transports.Uds.Handshake;
using ThemisBridge.Transports.Uds.Listener;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.Uds;

/// <summary>
/// Serves a backend at a Unix socket: a bridge to other processes, or an engine of its own. Only this user may connect,
/// and users that are listed and show the token.
/// </summary>
public sealed class UdsListener : IAsyncDisposable
{
    private const int Backlog = 128;

    private readonly UdsListenerOptions _options;
    private readonly IInferenceBackend _backend;
    private readonly ListenerHandshake _handshake;
    private readonly RequestBytes _bytes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly HashSet<ListenerConnection> _connections = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _stop;
    private bool _isDisposed;
    private Socket? _socket;
    private Task _accepting = Task.CompletedTask;
    private int _open;
    private long _clients;

    /// <summary>A listener that does not listen yet.</summary>
    /// <param name="options">How to listen.</param>
    /// <param name="backend">Who answers; not owned.</param>
    /// <param name="logger">Is told who comes and goes.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="upgrades">Where connections may move to; null for nowhere.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public UdsListener(
        UdsListenerOptions options, IInferenceBackend backend, ILogger<UdsListener> logger, TimeProvider? time = null,
        IEnumerable<IChannelUpgrade>? upgrades = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.FindFault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        _options = options;
        _backend = backend;
        _time = time ?? TimeProvider.System;
        _logger = logger;
        _bytes = new RequestBytes(options.MaxOpenRequestBytes);
        var guard = new PeerGuard([.. options.AllowedUids], options.Token);
        _handshake = new ListenerHandshake(guard, options.MaxRequests, [.. upgrades ?? []], _time);
    }

    /// <summary>How many clients are connected.</summary>
    public int ConnectionCount
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>Listens. Once.</summary>
    /// <exception cref="BridgeException">Somebody listens there already, or others can enter the folder.</exception>
    public void Start()
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("A listener of frames needs Linux: the kernel must say who connects.");
        }

        _socket = SocketPath.Listen(_options.Path, _options.Group, _options.AllowedUids.Count > 0, Backlog);
        _logger.Listening(_options.Path);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>
    /// Stops: takes no new connections and requests, lets running requests finish, ends the rest, and removes the
    /// socket. It stops once; who asks again waits for the same end.
    /// </summary>
    /// <param name="drain">How long running requests may still take; zero ends them now.</param>
    /// <param name="cancellationToken">Ends what runs now, and with it the wait.</param>
    public async Task StopAsync(TimeSpan drain, CancellationToken cancellationToken = default)
    {
        Task stop;
        lock (_lock)
        {
            stop = _stop ??= Task.Run(() => StopOnceAsync(drain), CancellationToken.None);
        }

        using CancellationTokenRegistration hurry = cancellationToken.Register(() => _hurry.TrySetResult());
        await stop.ConfigureAwait(false);
    }

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        _hurry.TrySetResult();
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        _socket?.Dispose();
        _stopping.Dispose();
    }

    private async Task StopOnceAsync(TimeSpan drain)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _socket?.Dispose();
        await _accepting.ConfigureAwait(false);
        ListenerConnection[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        _logger.Draining(connections.Length, drain.TotalSeconds);
        var drained = Task.WhenAll(connections.Select(connection => connection.DrainAsync(drain)));
        if (!await EndsWithin(drained, drain, _hurry.Task).ConfigureAwait(false))
        {
            var end = new BridgeException(BridgeFailure.Draining, FailureStage.Stream,
                "The listener is shutting down and ended the request. Send it to another engine.");
            foreach (ListenerConnection connection in connections)
            {
                connection.AbortAll(end);
            }

            // An engine that ignores its cancellation does not hold up the end.
            await EndsWithin(drained, TimeSpan.FromSeconds(1), drained).ConfigureAwait(false);
        }

        foreach (ListenerConnection connection in connections)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<bool> EndsWithin(Task task, TimeSpan limit, Task hurry)
    {
        try
        {
            await Task.WhenAny(task, hurry).WaitAsync(limit, _time).ConfigureAwait(false);
            return task.IsCompleted;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Socket client = await _socket!.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                _ = ServeAsync(client, Interlocked.Increment(ref _clients));
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stopping.IsCancellationRequested)
                {
                    break;
                }

                // Out of descriptors, most likely: others must close theirs first.
                _logger.AcceptFailed(e);
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket socket, long client)
    {
        if (Interlocked.Increment(ref _open) > _options.MaxConnections)
        {
            Interlocked.Decrement(ref _open);
            await RefuseAsync(socket, client).ConfigureAwait(false);
            return;
        }

        try
        {
            ListenerConnection connection = await ShakeHandsAsync(socket, client).ConfigureAwait(false);
            connection.Start();
            await connection.Closed.ConfigureAwait(false);
            _logger.ClientGone(client, connection.EndedBy?.Message ?? "");
            Remove(connection);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (BridgeException e)
        {
            _logger.ClientRefused(client, e.Failure.ToString(), e.Message);
        }
        catch (OperationCanceledException)
        {
            _logger.ClientRefused(client, nameof(BridgeFailure.DeadlineExceeded), "it did not shake hands in time");
        }
        finally
        {
            socket.Dispose();
            Interlocked.Decrement(ref _open);
        }
    }

    // A few bytes into an empty socket: nothing is waited for.
    private async Task RefuseAsync(Socket socket, long client)
    {
        using (socket)
        {
            var busy = new BridgeException(BridgeFailure.Busy, FailureStage.Connect,
                $"All {_options.MaxConnections} connections of the listener are in use. Try again later.");
            _logger.ClientRefused(client, nameof(BridgeFailure.Busy), busy.Message);
            await ExactFrames.TellAsync(socket, busy, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<ListenerConnection> ShakeHandsAsync(Socket socket, long client)
    {
        using var limit = new CancellationTokenSource(_options.HandshakeTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
        (IFrameChannel channel, HelloFrame peer) =
            await _handshake.RunAsync(socket, _backend.Descriptor, either.Token).ConfigureAwait(false);
        var connection = new ListenerConnection(channel, peer, _backend, _options, _bytes, _time, _logger);
        bool isTooLate;
        lock (_lock)
        {
            // After this the connections are drained, and one more would be missed.
            isTooLate = _stopping.IsCancellationRequested;
            if (!isTooLate)
            {
                _connections.Add(connection);
            }
        }

        if (isTooLate)
        {
            await channel.DisposeAsync().ConfigureAwait(false);
            _stopping.Token.ThrowIfCancellationRequested();
        }

        _logger.ClientConnected(client, peer.Content.ToString(), channel.Kind);
        return connection;
    }

    private void Remove(ListenerConnection connection)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
        }
    }
}
