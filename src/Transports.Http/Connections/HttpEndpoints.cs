using System.Collections.Concurrent;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace ThemisBridge.Transports.Http.Connections;

/// <summary>
/// The endpoints by the name of their handler: backends are made while the program runs, and the factory asks for the
/// settings of a name when it is first used.
/// </summary>
internal sealed class HttpEndpoints : IConfigureNamedOptions<HttpClientFactoryOptions>
{
    /// <summary>What the names of the bridge's handlers begin with.</summary>
    public const string Prefix = "ThemisBridge:";

    /// <summary>What follows the name of a handler that keeps no connections.</summary>
    public const string FreshSuffix = "#fresh";

    private readonly ConcurrentDictionary<string, HttpEndpoint> _endpoints = new(StringComparer.Ordinal);

    /// <summary>Adds an endpoint; the name for the factory is returned.</summary>
    public string Add(HttpEndpoint endpoint)
    {
        string name = Prefix + endpoint.Id;
        _endpoints[name] = endpoint;
        return name;
    }

    public void Configure(HttpClientFactoryOptions options)
    {
    }

    public void Configure(string? name, HttpClientFactoryOptions options)
    {
        bool keepsConnections = name?.EndsWith(FreshSuffix, StringComparison.Ordinal) != true;
        string? key = keepsConnections ? name : name![..^FreshSuffix.Length];
        if (key is null || !_endpoints.TryGetValue(key, out HttpEndpoint? endpoint))
        {
            return;
        }

        // The handler's own pool ages connections; a rotated handler would only break the streams on it.
        options.HandlerLifetime = Timeout.InfiniteTimeSpan;
        options.SuppressHandlerScope = true;
        options.HttpMessageHandlerBuilderActions.Add(
            builder => builder.PrimaryHandler = endpoint.CreateHandler(keepsConnections));
    }
}
