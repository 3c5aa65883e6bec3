using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Http.Composition;

namespace ThemisBridge.Bench.Http;

/// <summary>An HTTP backend as an embedding host gets it, without the router above it.</summary>
internal sealed class OpenedBackend : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private OpenedBackend(ServiceProvider services, IInferenceBackend backend)
    {
        _services = services;
        Backend = backend;
    }

    /// <summary>The backend; its connections live as long as this.</summary>
    public IInferenceBackend Backend { get; }

    /// <summary>Composes one. It connects with its first request.</summary>
    /// <param name="address">Of the scheme <c>http</c>.</param>
    /// <param name="network">Answers instead of the network; null for the network itself.</param>
    public static OpenedBackend Create(string address, HttpMessageHandler? network = null)
    {
        var services = new ServiceCollection();
        services.AddThemisBridge().AddHttp();
        if (network is not null)
        {
            services.PostConfigureAll<HttpClientFactoryOptions>(options =>
                options.HttpMessageHandlerBuilderActions.Add(builder => builder.PrimaryHandler = network));
        }
        var provider = services.BuildServiceProvider();
        var factory = provider.GetServices<IBackendFactory>().Single(factory => factory.Schemes.Contains("http"));
        return new OpenedBackend(provider, factory.Create(new BackendAddress("bench", "http", address)));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
