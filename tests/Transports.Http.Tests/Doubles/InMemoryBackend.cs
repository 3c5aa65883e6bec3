using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Connections;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>An HTTP backend whose connections are in memory: the platform's own HTTP code reads given bytes, cut as
/// told.</summary>
internal sealed class InMemoryBackend : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly List<RecordedConnection> _connections = [];
    private readonly Func<int, (ReadOnlyMemory<byte> Bytes, IReadOnlyList<int> Cuts)> _answer;

    /// <param name="answer">The bytes and cuts of each connection, by its number from 0.</param>
    /// <param name="configure">Sets options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="connecting">What is awaited before a connection stands.</param>
    public InMemoryBackend(
        Func<int, (ReadOnlyMemory<byte> Bytes, IReadOnlyList<int> Cuts)> answer,
        Action<HttpBackendOptions>? configure = null, TimeProvider? time = null,
        Func<CancellationToken, Task>? connecting = null)
    {
        _answer = answer;
        var options = new HttpBackendOptions();
        configure?.Invoke(options);
        HttpAddress.TryParse("http://vllm.test", out HttpAddress? address);
        var endpoint = new HttpEndpoint("vllm/http", address!, options, options.ApiKey);
        var services = new ServiceCollection();
        services.AddHttpClient("memory").RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() =>
            {
                SocketsHttpHandler handler = endpoint.CreateHandler();
                handler.ConnectCallback = async (_, cancellationToken) =>
                {
                    await (connecting?.Invoke(cancellationToken) ?? Task.CompletedTask);
                    return Connect();
                };
                return handler;
            });
        _services = services.BuildServiceProvider();
        var sender = new HttpMessageInvoker(
            _services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("memory"), disposeHandler: false);
        Caller = new HttpCaller(endpoint, sender, sender, time ?? TimeProvider.System, NullLogger.Instance);
        Backend = new HttpBackend(endpoint, sender, sender, time ?? TimeProvider.System, NullLogger.Instance);
    }

    public HttpBackend Backend { get; }

    /// <summary>Sends on the same connections as the backend.</summary>
    public HttpCaller Caller { get; }

    /// <summary>What was written on each connection.</summary>
    public IReadOnlyList<RecordedConnection> Connections => _connections;

    public void Dispose() => _services.Dispose();

    private RecordedConnection Connect()
    {
        (ReadOnlyMemory<byte> bytes, IReadOnlyList<int> cuts) = _answer(_connections.Count);
        var connection = new RecordedConnection(new CuttingStream(bytes, cuts));
        _connections.Add(connection);
        return connection;
    }
}
