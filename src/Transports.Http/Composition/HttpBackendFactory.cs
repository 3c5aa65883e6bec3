using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Http.Connections;

namespace ThemisBridge.Transports.Http.Composition;

/// <summary>Makes HTTP backends.</summary>
internal sealed class HttpBackendFactory(
    HttpEndpoints endpoints, IHttpMessageHandlerFactory handlers, HttpOptionsSource source, TimeProvider time,
    ILogger<HttpBackend> logger, BridgeConfiguration? configuration = null) : IBackendFactory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _ids = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<string> Schemes => HttpAddress.Schemes;

    public string? Check(BackendAddress address)
    {
        try
        {
            return HttpAddress.TryParse(address.Address, out _)
                ?? HttpOptionsCheck.FaultOf(source.Of(address.Engine, configuration));
        }
        catch (InvalidOperationException e)
        {
            // The binder's message names the key and the type.
            return e.Message;
        }
    }

    public IInferenceBackend Create(BackendAddress address)
    {
        if (HttpAddress.TryParse(address.Address, out HttpAddress? parsed) is { } fault)
        {
            throw new ArgumentException(fault, nameof(address));
        }

        HttpBackendOptions options = source.Of(address.Engine, configuration);
        var endpoint = new HttpEndpoint(MakeId(address), parsed!, options, HttpOptionsCheck.ReadKey(options));
        string name = endpoints.Add(endpoint);
        // The factory owns the handlers.
        var kept = new HttpMessageInvoker(handlers.CreateHandler(name), disposeHandler: false);
        var fresh = new HttpMessageInvoker(
            handlers.CreateHandler(name + HttpEndpoints.FreshSuffix), disposeHandler: false);
        return new HttpBackend(endpoint, kept, fresh, time, logger);
    }

    // A ladder may hold several HTTP addresses.
    private string MakeId(BackendAddress address)
    {
        string id = $"{address.Engine}/http";
        lock (_lock)
        {
            int count = _ids[id] = _ids.GetValueOrDefault(id) + 1;
            return count == 1 ? id : $"{id}-{count}";
        }
    }
}
