using Microsoft.Extensions.Configuration;
using ThemisBridge.Core.Configuration;

namespace ThemisBridge.Transports.Uds.Composition;

/// <summary>Where the options of an engine come from: the configuration, then code.</summary>
internal sealed class UdsOptionsSource(Action<string, UdsBackendOptions>? configure)
{
    /// <summary>The options of an engine.</summary>
    /// <exception cref="InvalidOperationException">A value cannot be converted; the message names its key.</exception>
    public UdsBackendOptions Of(string engine, BridgeConfiguration? configuration)
    {
        var options = new UdsBackendOptions();
        configuration?.Section.GetSection($"Engines:{engine}:Uds").Bind(options);
        configure?.Invoke(engine, options);
        return options;
    }
}
