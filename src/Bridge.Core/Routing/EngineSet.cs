using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Core.Routing;

/// <summary>Makes the backends that the configuration names, and disposes them with the application.</summary>
internal sealed class EngineSet : IAsyncDisposable, IDisposable
{
    private readonly List<IInferenceBackend> _backends = [];

    public EngineSet(IOptions<BridgeOptions> options, IEnumerable<IBackendFactory> factories, TimeProvider time)
    {
        Dictionary<string, IBackendFactory> bySchemes = factories
            .SelectMany(factory => factory.Schemes.Select(scheme => (scheme, factory)))
            .ToDictionary(pair => pair.scheme, pair => pair.factory, StringComparer.Ordinal);
        var ladders = new Dictionary<string, IReadOnlyList<BackendEntry>>(StringComparer.OrdinalIgnoreCase);
        foreach ((string engine, EngineOptions value) in options.Value.Engines)
        {
            ladders[engine] = [.. value.Ladder.Select(address => Make(engine, address, bySchemes, time))];
        }

        Table = RouteTable.Build(options.Value, ladders);
    }

    public RouteTable Table { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (IInferenceBackend backend in _backends)
        {
            if (backend is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                (backend as IDisposable)?.Dispose();
            }
        }
    }

    // A container that is disposed synchronously gets here; backends whose end takes time must offer both.
    public void Dispose()
    {
        foreach (IInferenceBackend backend in _backends)
        {
            (backend as IDisposable)?.Dispose();
        }
    }

    private BackendEntry Make(
        string engine, string text, Dictionary<string, IBackendFactory> factories, TimeProvider time)
    {
        // The validator has checked the address before anything asks for the table.
        _ = BackendAddress.TryParse(engine, text, out BackendAddress? address);
        IInferenceBackend backend = factories[address!.Scheme].Create(address);
        _backends.Add(backend);
        return new BackendEntry(engine, backend, time);
    }
}
