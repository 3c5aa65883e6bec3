using Microsoft.Extensions.Http;

namespace ThemisBridge.Transports.Http.Connections;

/// <summary>
/// Keeps what a host adds to all its HTTP clients away from the bridge's own: retries and time limits there would undo
/// the router's, and the default logging tells addresses. Must be registered before every other filter, to be the last
/// to act.
/// </summary>
internal sealed class BareClientFilter : IHttpMessageHandlerBuilderFilter
{
    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
    {
        next(builder);
        if (builder.Name?.StartsWith(HttpEndpoints.Prefix, StringComparison.Ordinal) == true)
        {
            builder.AdditionalHandlers.Clear();
        }
    };
}
