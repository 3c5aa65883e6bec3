using System.Collections.Concurrent;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Faults;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>vLLM's double around a scripted engine, and a backend that asks it.</summary>
internal sealed class DoubleFixture : IAsyncDisposable
{
    private readonly BackendFixture _client;

    public DoubleFixture(Func<VllmDoubleOptions, VllmDoubleOptions>? configure = null)
    {
        Engine = ScriptedBackend.Saying(
            "engine", "m", "hello", (BackendFeatures)long.MaxValue & ~BackendFeatures.Tokenize);
        VllmDoubleOptions options = new() { MaxModelLength = 512, FindAdapter = Find };
        Options = configure?.Invoke(options) ?? options;
        Server = VllmDouble.Start(Engine, Options);
        _client = new BackendFixture(Server.Address.AbsoluteUri);
    }

    public ScriptedBackend Engine { get; }

    public VllmDoubleOptions Options { get; }

    public VllmDouble Server { get; private set; }

    public HttpBackend Backend => _client.Backend;

    /// <summary>The paths at which the server has adapters.</summary>
    public ConcurrentBag<string> Paths { get; } = ["/adapters/german"];

    /// <summary>The bodies that the server was sent on a route.</summary>
    public IReadOnlyList<string> Bodies(string route) =>
        [.. Server.Requests.Where(request => request.Target == route).Select(request => request.Text)];

    /// <summary>The server dies and another one comes up at the same address.</summary>
    public async Task RestartAsync()
    {
        int port = Server.Address.Port;
        await Server.DisposeAsync();
        Server = VllmDouble.Start(Engine, Options with { Port = port });
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Server.DisposeAsync();
    }

    private AdapterSource? Find(string path) =>
        Paths.Contains(path) ? new AdapterSource { Model = "", Name = "", PeftPath = path } : null;
}
