using Microsoft.Extensions.Configuration;
using ThemisBridge.Core.Configuration;

namespace ThemisBridge.Transports.Http.Composition;

/// <summary>Where the options of an engine come from: the configuration, then code.</summary>
internal sealed class HttpOptionsSource(Action<string, HttpBackendOptions>? configure)
{
    /// <summary>The options of an engine.</summary>
    /// <exception cref="InvalidOperationException">A value cannot be converted; the message names its key.</exception>
    public HttpBackendOptions Of(string engine, BridgeConfiguration? configuration)
    {
        var options = new HttpBackendOptions();
        configuration?.Section.GetSection($"Engines:{engine}:Http").Bind(options);
        configure?.Invoke(engine, options);
        return options;
    }
}
