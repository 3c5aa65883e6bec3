using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Core.Configuration;

/// <summary>Checks the whole configuration at start and reports every fault at once, each with its key.</summary>
internal sealed class BridgeOptionsValidator(
    IEnumerable<IBackendFactory> factories, IEnumerable<OptionsKeys> keys, BridgeConfiguration? configuration = null)
    : IValidateOptions<BridgeOptions>
{
    private const int MaxNameLength = 64;

    public ValidateOptionsResult Validate(string? name, BridgeOptions options)
    {
        List<string> faults = [.. CheckKeys(), .. CheckEngines(options), .. CheckRoutes(options),
            .. CheckAdapters(options), .. CheckLimits(options.Limits)];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IEnumerable<string> CheckKeys() =>
        configuration is null ? [] : UnknownKeys.In(configuration.Section, [.. keys]);

    private IEnumerable<string> CheckEngines(BridgeOptions options)
    {
        foreach ((string engine, EngineOptions value) in options.Engines)
        {
            string key = Key("Engines", engine);
            if (engine.Length is 0 or > MaxNameLength
                || engine.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            {
                yield return $"{key}: an engine's name has 1 to {MaxNameLength} letters, digits, '-', '_' and '.'.";
            }

            if (value.Ladder.Count == 0)
            {
                yield return $"{key}:Ladder is empty; expected at least one address, such as \"http://127.0.0.1:8000\".";
            }

            for (int i = 0; i < value.Ladder.Count; i++)
            {
                if (CheckAddress(engine, value.Ladder[i]) is { } fault)
                {
                    yield return $"{key}:Ladder:{i} \"{value.Ladder[i]}\": {fault}";
                }
            }
        }
    }

    private string? CheckAddress(string engine, string text)
    {
        string known = string.Join(", ", factories.SelectMany(factory => factory.Schemes).Order());
        if (!BackendAddress.TryParse(engine, text, out BackendAddress? address))
        {
            return $"expected an address that starts with a scheme; known schemes: {known}.";
        }

        IBackendFactory? factory = factories.FirstOrDefault(one => one.Schemes.Contains(address!.Scheme));
        return factory is null
            ? $"the scheme '{address!.Scheme}' is not known; known schemes: {known}."
            : factory.Check(address!);
    }

    private static IEnumerable<string> CheckRoutes(BridgeOptions options)
    {
        foreach ((string model, IList<string> engines) in options.Routes)
        {
            if (engines.Count is 0 or > Routing.Route.MaxCandidates)
            {
                yield return $"{Key("Routes", model)} has {engines.Count} engines; expected 1 to {Routing.Route.MaxCandidates}.";
            }

            for (int i = 0; i < engines.Count; i++)
            {
                if (!options.Engines.ContainsKey(engines[i]))
                {
                    yield return $"{Key("Routes", model)}:{i} \"{engines[i]}\" is not an engine; expected one of: "
                        + $"{string.Join(", ", options.Engines.Keys.Order())}.";
                }
            }
        }

        if (options.DefaultModel is { } model2 && !RouteNames.Of(options).Contains(model2))
        {
            yield return $"{Key("DefaultModel")} \"{model2}\" has no route; expected one of: "
                + $"{string.Join(", ", RouteNames.Of(options))}.";
        }
    }

    private static IEnumerable<string> CheckAdapters(BridgeOptions options)
    {
        foreach ((string model, IDictionary<string, AdapterOptions> adapters) in options.Adapters)
        {
            foreach ((string adapter, AdapterOptions value) in adapters)
            {
                string key = $"{Key("Adapters", model)}:{adapter}";
                if (value.PeftPath is null && value.GgufPath is null)
                {
                    yield return $"{key} has no file; expected PeftPath (for vLLM), GgufPath (for llama.cpp) or both.";
                }

                if (!float.IsFinite(value.Scale))
                {
                    yield return $"{key}:Scale is {value.Scale}; expected a finite number.";
                }
            }
        }
    }

    private static IEnumerable<string> CheckLimits(LimitOptions limits)
    {
        (string Name, TimeSpan Value)[] budgets =
        [
            (nameof(limits.ConnectTimeout), limits.ConnectTimeout),
            (nameof(limits.FirstTokenTimeout), limits.FirstTokenTimeout),
            (nameof(limits.IdleTimeout), limits.IdleTimeout),
            (nameof(limits.TotalTimeout), limits.TotalTimeout),
        ];
        return budgets
            .Where(budget => budget.Value != Timeout.InfiniteTimeSpan
                && (budget.Value <= TimeSpan.Zero || budget.Value > DeadlineBudgets.Longest))
            .Select(budget =>
                $"{Key("Limits", budget.Name)} is {budget.Value}; expected a duration such as \"00:00:30\", "
                + $"above zero and at most {DeadlineBudgets.Longest.TotalHours} hours.");
    }

    private static string Key(params ReadOnlySpan<string> parts) =>
        $"{BridgeOptions.SectionName}:{string.Join(':', parts!)}";
}
