using Microsoft.Extensions.DependencyInjection;

namespace ThemisBridge.Core.Composition;

/// <summary>Where transports add themselves: <c>services.AddThemisBridge(…).AddHttp().AddNative()</c>.</summary>
public interface IThemisBridgeBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }
}
