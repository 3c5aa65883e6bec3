namespace ThemisBridge.Core.Configuration;

/// <summary>What the section <c>ThemisBridge</c> of a configuration says. Bound once; what runs is a
/// snapshot.</summary>
public sealed class BridgeOptions
{
    /// <summary>The section's name.</summary>
    public const string SectionName = "ThemisBridge";

    /// <summary>The engines by name: 1 to 64 letters, digits, <c>-</c>, <c>_</c> and <c>.</c> each.</summary>
    public IDictionary<string, EngineOptions> Engines { get; } =
        new Dictionary<string, EngineOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Public model name to the engines that may answer, best first. A model that an engine's
    /// <see cref="EngineOptions.Models"/> names and that has no route here is routed to all engines that name it, in
    /// the order of their names.
    /// </summary>
    public IDictionary<string, IList<string>> Routes { get; } =
        new Dictionary<string, IList<string>>(StringComparer.Ordinal);

    /// <summary>Model name to adapter name to adapter. Loaded into an engine when a request first asks for it
    /// there.</summary>
    public IDictionary<string, IDictionary<string, AdapterOptions>> Adapters { get; } =
        new Dictionary<string, IDictionary<string, AdapterOptions>>(StringComparer.Ordinal);

    /// <summary>The model of callers that name none; null: the only route, where there is just one.</summary>
    public string? DefaultModel { get; set; }

    /// <summary>Time budgets and sizes.</summary>
    public LimitOptions Limits { get; set; } = new();

    /// <summary>The model of callers that name none, or null when that is not clear.</summary>
    internal string? ResolveDefaultModel()
    {
        if (DefaultModel is not null)
        {
            return DefaultModel;
        }

        string[] models = [.. RouteNames.Of(this)];
        return models.Length == 1 ? models[0] : null;
    }
}
