using Microsoft.Extensions.DependencyInjection;

namespace ThemisBridge.Core.Composition;

internal sealed class ThemisBridgeBuilder(IServiceCollection services) : IThemisBridgeBuilder
{
    public IServiceCollection Services { get; } = services;
}
