using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Uds;
using ThemisBridge.Transports.Uds.Composition;

namespace ThemisBridge.Bench.Uds;

/// <summary>A Unix-socket backend as an embedding host gets it, without the router above it.</summary>
internal sealed class OpenedUds : IAsyncDisposable
{
    private const string Scheme = "frames+unix";

    private readonly ServiceProvider _services;

    private OpenedUds(ServiceProvider services, IInferenceBackend backend)
    {
        _services = services;
        Backend = backend;
    }

    /// <summary>The backend; its connection lives as long as this.</summary>
    public IInferenceBackend Backend { get; }

    /// <summary>Composes one. It connects with its first request.</summary>
    /// <param name="path">The socket.</param>
    public static OpenedUds Create(string path)
    {
        var services = new ServiceCollection();
        services.AddThemisBridge().AddUds();
        var provider = services.BuildServiceProvider();
        var factory = provider.GetServices<IBackendFactory>().Single(factory => factory.Schemes.Contains(Scheme));
        return new OpenedUds(provider, factory.Create(new BackendAddress("bench", Scheme, $"{Scheme}://{path}")));
    }

    /// <summary>Serves an engine in a peer process, until that ends.</summary>
    /// <returns>The socket's path.</returns>
    public static string Serve(ServeScope scope, IInferenceBackend engine)
    {
        var path = scope.NewPath("sock");
        Listen(path, engine);
        return path;
    }

    /// <summary>Serves an engine.</summary>
    public static UdsListener Listen(string path, IInferenceBackend engine)
    {
        var listener = new UdsListener(
            new UdsListenerOptions { Path = path }, engine, NullLogger<UdsListener>.Instance);
        listener.Start();
        return listener;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)Backend).DisposeAsync();
        await _services.DisposeAsync();
    }
}
