using System.Collections.Concurrent;
using System.Collections.Frozen;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Routing;

/// <summary>All routes. Nothing but <see cref="Adapters"/> ever changes.</summary>
internal sealed class RouteTable
{
    private readonly FrozenDictionary<string, Route> _routes;

    public RouteTable(
        IReadOnlyList<Route> routes, IReadOnlyList<BackendEntry> backends, IEnumerable<AdapterSource> adapters)
    {
        _routes = routes.ToFrozenDictionary(route => route.Model, StringComparer.Ordinal);
        Models = [.. routes.Select(route => route.Model)];
        Backends = backends;
        Adapters = new(adapters.Select(adapter =>
            KeyValuePair.Create((adapter.Model, adapter.Name), adapter)));
    }

    public IReadOnlyList<string> Models { get; }

    public IReadOnlyList<BackendEntry> Backends { get; }

    /// <summary>The adapters that requests load where they are missing, by public model and adapter name: those of the
    /// configuration, until a rollout adds, replaces or removes one.</summary>
    public ConcurrentDictionary<(string Model, string Name), AdapterSource> Adapters { get; }

    /// <summary>The snapshot that a configuration describes.</summary>
    /// <param name="options">The checked options.</param>
    /// <param name="ladders">Each engine's backends, best first.</param>
    public static RouteTable Build(
        BridgeOptions options, IReadOnlyDictionary<string, IReadOnlyList<BackendEntry>> ladders)
    {
        List<Route> routes = [.. RouteNames.Of(options).Select(model => new Route(model,
            [.. RouteNames.EnginesOf(options, model).SelectMany(engine => ladders[engine].Select(entry =>
                new Candidate(entry, ServedName(options.Engines[engine], model))))]))];
        IEnumerable<AdapterSource> adapters = options.Adapters.SelectMany(model => model.Value.Select(adapter =>
            new AdapterSource
            {
                Model = model.Key,
                Name = adapter.Key,
                PeftPath = adapter.Value.PeftPath,
                GgufPath = adapter.Value.GgufPath,
                Scale = adapter.Value.Scale,
                Digest = adapter.Value.Digest,
            }));
        return new RouteTable(routes, [.. ladders.Values.SelectMany(ladder => ladder)], adapters);
    }

    public Route Find(string model) => _routes.TryGetValue(model, out Route? route)
        ? route
        : throw new BridgeException(BridgeFailure.UnknownModel, FailureStage.Admit,
            $"The model '{model}' has no route. Ask for one of: {string.Join(", ", Models)}.")
        { Parameter = "model" };

    private static string ServedName(EngineOptions engine, string model) =>
        engine.Models.TryGetValue(model, out string? served) ? served : model;
}
