using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ThemisBridge.Testing.Sockets;

/// <summary>A listening socket and the connections that came in over it.</summary>
internal sealed class SocketServer : IAsyncDisposable
{
    // Who bound each socket file last: whoever did removes it, and nobody else.
    private static readonly ConcurrentDictionary<string, SocketServer> Files = new(StringComparer.Ordinal);

    private readonly Lock _lock = new();
    private readonly SocketSettings _settings;
    private readonly Socket _listener;
    private readonly Func<Socket, int, CancellationToken, Task> _serve;
    private readonly CancellationTokenSource _refuse = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private Task? _refusing;
    private Task? _closing;
    private Task? _disposing;
    private int _connectionCount;

    private SocketServer(SocketSettings settings, Socket listener, Func<Socket, int, CancellationToken, Task> serve)
    {
        _settings = settings;
        _listener = listener;
        _serve = serve;
        Address = AddressOf(settings, listener);
        if (settings.UnixSocketPath is { } path)
        {
            Files[Path.GetFullPath(path)] = this;
        }

        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>Binds and accepts.</summary>
    /// <param name="settings">Where.</param>
    /// <param name="serve">Serves one connection with its number, from 1, until the token ends; owns the
    /// socket.</param>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static SocketServer Start(SocketSettings settings, Func<Socket, int, CancellationToken, Task> serve)
    {
        Socket listener;
        if (settings.UnixSocketPath is { } path)
        {
            listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
        }
        else
        {
            listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, settings.Port));
        }

        listener.Listen(512);
        return new SocketServer(settings, listener, serve);
    }

    /// <summary>Closes the listener: new connections are refused, those that stand go on.</summary>
    public Task RefuseAsync()
    {
        lock (_lock)
        {
            return _refusing ??= RefuseOnceAsync();
        }
    }

    /// <summary>Closes the listener and every connection. A socket file stays, as it does when a process
    /// dies.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            return _closing ??= CloseOnceAsync();
        }
    }

    /// <summary>Closes everything and removes the socket file, unless another server has bound it since.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            return new(_disposing ??= DisposeOnceAsync());
        }
    }

    private async Task RefuseOnceAsync()
    {
        await _refuse.CancelAsync();
        await _accepting;
        // The platform removes the file of a socket that it closes; one that dies leaves it behind.
        string? path = _settings.UnixSocketPath;
        bool isThere = path is not null && File.Exists(path);
        if (isThere)
        {
            File.Move(path!, path + ".dead");
        }

        _listener.Dispose();
        if (isThere)
        {
            File.Move(path + ".dead", path!);
        }
    }

    private async Task CloseOnceAsync()
    {
        await RefuseAsync();
        await _stop.CancelAsync();
        Task[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        await Task.WhenAll(connections);
    }

    private async Task DisposeOnceAsync()
    {
        await CloseAsync();
        if (_settings.UnixSocketPath is { } path && Files.TryRemove(new(Path.GetFullPath(path), this)))
        {
            File.Delete(path);
        }

        _refuse.Dispose();
        _stop.Dispose();
    }

    private static Uri AddressOf(SocketSettings settings, Socket listener)
    {
        if (settings.UnixSocketPath is { } path)
        {
            return new Uri("http+unix://" + Path.GetFullPath(path));
        }

        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        return new Uri(settings.Certificate is null ? $"http://127.0.0.1:{port}" : $"https://localhost:{port}");
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_refuse.Token);
                int number = Interlocked.Increment(ref _connectionCount);
                lock (_lock)
                {
                    _connections.RemoveAll(task => task.IsCompleted);
                    _connections.Add(_serve(socket, number, _stop.Token));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The listener is being closed.
        }
    }
}
