using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Composition;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Composition;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>An HTTP backend made as a host makes it.</summary>
internal sealed class BackendFixture : IDisposable
{
    private readonly ServiceProvider _services;

    public BackendFixture(
        ReplayServer server, Action<HttpBackendOptions>? configure = null, TimeProvider? time = null)
        : this(server.Address.AbsoluteUri, configure, time)
    {
    }

    public BackendFixture(string address, Action<HttpBackendOptions>? configure = null, TimeProvider? time = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddThemisBridge().AddHttp((_, options) => configure?.Invoke(options));
        _services = services.BuildServiceProvider();
        IBackendFactory factory = _services.GetRequiredService<IBackendFactory>();
        Assert.True(BackendAddress.TryParse("vllm", address, out BackendAddress? parsed));
        Assert.Null(factory.Check(parsed!));
        Backend = (HttpBackend)factory.Create(parsed!);
    }

    public HttpBackend Backend { get; }

    public void Dispose() => _services.Dispose();
}
