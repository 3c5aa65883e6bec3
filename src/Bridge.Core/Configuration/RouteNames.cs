namespace ThemisBridge.Core.Configuration;

/// <summary>The models that have a route, and the engines of each.</summary>
internal static class RouteNames
{
    /// <summary>The public model names: configured routes first, then models that only engines name.</summary>
    public static IEnumerable<string> Of(BridgeOptions options) =>
        options.Routes.Keys
            .Concat(InOrder(options).SelectMany(engine => engine.Value.Models.Keys.Order(StringComparer.Ordinal)))
            .Distinct(StringComparer.Ordinal);

    /// <summary>The engines of a model, best first.</summary>
    public static IEnumerable<string> EnginesOf(BridgeOptions options, string model) =>
        options.Routes.TryGetValue(model, out IList<string>? engines)
            ? engines
            : InOrder(options).Where(engine => engine.Value.Models.ContainsKey(model)).Select(engine => engine.Key);

    private static IOrderedEnumerable<KeyValuePair<string, EngineOptions>> InOrder(BridgeOptions options) =>
        options.Engines.OrderBy(engine => engine.Key, StringComparer.OrdinalIgnoreCase);
}
