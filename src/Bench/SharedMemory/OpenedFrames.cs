using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.SharedMemory;
using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.SharedMemory.Composition;
using ThemisBridge.Transports.Uds;
using ThemisBridge.Transports.Uds.Composition;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>A backend over shared memory as an embedding host gets it, without the router above it.</summary>
internal sealed class OpenedFrames : IAsyncDisposable
{
    /// <summary>Two cold processes on a busy machine shake hands slowly, and that is not measured.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(9);

    private readonly ServiceProvider _services;
    private readonly UdsListener? _listener;

    private OpenedFrames(ServiceProvider services, IInferenceBackend backend, UdsListener? listener)
    {
        _services = services;
        _listener = listener;
        Backend = backend;
    }

    /// <summary>The backend; its connection lives as long as this.</summary>
    public IInferenceBackend Backend { get; }

    /// <summary>Serves ids at a path.</summary>
    public static UdsListener Serve(string path, TimeSpan spin) => Serve(path, new IdBackend(), spin);

    /// <summary>Serves an engine at a path.</summary>
    public static UdsListener Serve(string path, IInferenceBackend engine, TimeSpan spin)
    {
        var upgrade = new SharedMemoryUpgrade(Options(spin), NullLogger<SharedMemoryUpgrade>.Instance);
        var listener = new UdsListener(
            new UdsListenerOptions { Path = path }, engine, NullLogger<UdsListener>.Instance,
            upgrades: [upgrade]);
        listener.Start();
        return listener;
    }

    /// <summary>Composes a client of a path and makes sure that it is on shared memory.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="spin">How long a thread spins at most.</param>
    /// <param name="listener">The listener, when it is this one's too.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    public static async Task<OpenedFrames> CreateAsync(
        string path, TimeSpan spin, UdsListener? listener, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection();
        var builder = services.AddThemisBridge().AddUds((_, options) => options.ConnectTimeout = ConnectLimit);
        builder.AddSharedMemory(options =>
        {
            options.Mode = SharedMemoryMode.Require;
            options.SpinWindow = spin;
        });
        var provider = services.BuildServiceProvider();
        var factory = provider.GetServices<IBackendFactory>().Single(one => one.Schemes.Contains("frames+unix"));
        var backend = factory.Create(new BackendAddress("bench", "frames+unix", $"frames+unix://{path}"));
        var opened = new OpenedFrames(provider, backend, listener);
        await backend.ProbeAsync(cancellationToken);
        return backend.Descriptor.Kind == "shm"
            ? opened : throw new IOException("the connection did not move to shared memory");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)Backend).DisposeAsync();
        await _services.DisposeAsync();
        if (_listener is not null)
            await _listener.DisposeAsync();
    }

    private static SharedMemoryOptions Options(TimeSpan spin) => new() { SpinWindow = spin };
}
