using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Http.Composition;

namespace ThemisBridge.Benchmarks.Http;

/// <summary>The HTTP backend as a host makes it, and a plain client beside it.</summary>
internal sealed class BackendUnderTest : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public BackendUnderTest(Uri address)
    {
        var services = new ServiceCollection();
        services.AddThemisBridge().AddHttp();
        services.AddHttpClient("plain").RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler());
        _services = services.BuildServiceProvider();
        _ = BackendAddress.TryParse("bench", address.AbsoluteUri, out BackendAddress? parsed);
        Backend = _services.GetRequiredService<IBackendFactory>().Create(parsed!);
        Client = _services.GetRequiredService<IHttpClientFactory>().CreateClient("plain");
        Client.BaseAddress = address;
    }

    public IInferenceBackend Backend { get; }

    public HttpClient Client { get; }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
