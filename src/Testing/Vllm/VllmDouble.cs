using System.Net.Sockets;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Testing.Sockets;
using ThemisBridge.Testing.Vllm.Routes;

namespace ThemisBridge.Testing.Vllm;

/// <summary>
/// A server for tests that behaves as vLLM 0.32 was recorded to behave, with any backend as its engine: the same
/// routes, fields in their order, error texts, chunk shapes, header timing and ways to die. Safe for use from many
/// threads.
/// </summary>
public sealed class VllmDouble : IAsyncDisposable
{
    // Recorded: a dead engine is found by the watchdog after 4.7 s, or at once by a request.
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ExitDelay = TimeSpan.FromMilliseconds(300);

    private readonly Lock _lock = new();
    private readonly VllmServer _server;
    private readonly SocketServer _sockets;
    private readonly List<ReplayedRequest> _requests = [];
    private readonly CancellationTokenSource _disposed = new();
    private Task _exit = Task.CompletedTask;
    private Task? _disposing;

    private VllmDouble(IInferenceBackend backend, VllmDoubleOptions options)
    {
        _server = new VllmServer(backend, options);
        _server.Life.WhenMet = () => ExitAfter(ExitDelay);
        var router = new VllmRouter(_server);
        var settings = new SocketSettings
        {
            UnixSocketPath = options.UnixSocketPath,
            Port = options.Port,
            Certificate = options.Certificate,
        };
        _sockets = SocketServer.Start(settings, (socket, number, stop) =>
            new VllmConnection(_server, router, Note, settings, socket, number).RunAsync(stop));
    }

    /// <summary>Where it listens: <c>http://127.0.0.1:PORT</c>, <c>https://localhost:PORT</c> or
    /// <c>http+unix:///PATH</c>.</summary>
    public Uri Address => _sockets.Address;

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

    /// <summary>Sequences that run in the engine.</summary>
    public int Running => _server.Admission.Running;

    /// <summary>Sequences whose headers have been sent and that wait for the engine.</summary>
    public int Waiting => _server.Admission.Waiting;

    /// <summary>The adapters that are loaded, in the order of their loading.</summary>
    public IReadOnlyList<string> Adapters => [.. _server.Adapters.All.Select(one => one.Name)];

    /// <summary>Starts a double; it accepts connections when this returns.</summary>
    /// <param name="backend">What answers. The double does not own it.</param>
    /// <param name="options">How it listens and behaves. Default: the Python front end on a free TCP port.</param>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static VllmDouble Start(IInferenceBackend backend, VllmDoubleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return new(backend, options ?? new());
    }

    /// <summary>
    /// The engine process dies. What runs gets an error event and <c>[DONE]</c>, or 500; so does every new request, and
    /// <c>/health</c> says 503. The server exits 0.3 s later when a request met the dead engine, and after the
    /// watchdog's 5 s when none did. Both on the double's clock.
    /// </summary>
    public async Task KillEngineAsync()
    {
        await _server.Life.KillEngineAsync();
        ExitAfter(Watchdog);
    }

    /// <summary>SIGTERM without a drain time: what runs fails as when the engine dies, and the server exits 0.3 s
    /// later.</summary>
    public async Task TerminateAsync()
    {
        await _server.Life.KillEngineAsync();
        ExitAfter(ExitDelay);
    }

    /// <summary>
    /// SIGTERM with <c>--shutdown-timeout</c>. What finishes in time is complete. New completions get 200 with the
    /// finish reason <c>abort</c>, new chats 500, and <c>/health</c> stays 200. After the time nobody is let in, and
    /// what still runs is never heard of again, without an end of its connection.
    /// </summary>
    /// <param name="timeout">The time, on the double's clock.</param>
    public void Drain(TimeSpan timeout)
    {
        _server.Life.Drain();
        lock (_lock)
        {
            _exit = Task.WhenAll(_exit, EndDrainAsync(timeout));
        }
    }

    /// <summary>SIGKILL: every connection ends where it is, without the end of a chunked body, and new ones are
    /// refused. The file of a Unix socket stays until the double is disposed.</summary>
    public Task KillAsync() => _sockets.CloseAsync();

    /// <summary>The process stands still: connections are accepted by the system, and not a byte comes.</summary>
    public void Freeze() => _server.Life.Freeze();

    /// <summary>Ends <see cref="Freeze"/>.</summary>
    public void Thaw() => _server.Life.Thaw();

    /// <summary>Closes everything and removes the socket file, unless another double has bound it since.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            return new(_disposing ??= DisposeOnceAsync());
        }
    }

    private async Task DisposeOnceAsync()
    {
        await _disposed.CancelAsync();
        await _exit;
        await _sockets.DisposeAsync();
        _server.Dispose();
        _disposed.Dispose();
    }

    private void Note(ReplayedRequest request)
    {
        lock (_lock)
        {
            _requests.Add(request);
        }
    }

    private void ExitAfter(TimeSpan delay)
    {
        lock (_lock)
        {
            _exit = Task.WhenAll(_exit, ExitAsync(delay));
        }
    }

    private async Task ExitAsync(TimeSpan delay)
    {
        if (await WaitAsync(delay))
        {
            await _sockets.CloseAsync();
        }
    }

    private async Task EndDrainAsync(TimeSpan timeout)
    {
        if (await WaitAsync(timeout))
        {
            _server.Life.EndDrain();
            await _sockets.RefuseAsync();
        }
    }

    private async Task<bool> WaitAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, _server.Options.Time, _disposed.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
