using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>All filters by name.</summary>
internal static class FilterTable
{
    private static readonly Dictionary<string, Filter> All =
        new([.. TextFilters.All, .. SequenceFilters.All, .. ValueFilters.All], StringComparer.Ordinal);

    public static bool Has(string name) => All.ContainsKey(name);

    public static object? Apply(string name, object? value, CallArguments arguments, TemplateRun run) =>
        All.TryGetValue(name, out var filter)
            ? filter(value, arguments, run)
            : throw TemplateFault.Run($"there is no filter '{name}'");
}
