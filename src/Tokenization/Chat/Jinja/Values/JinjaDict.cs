using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>A dictionary that keeps the order of insertion. Keys are text, numbers, booleans, none or tuples.</summary>
internal sealed class JinjaDict
{
    public OrderedDictionary<object, object?> Items { get; } = new(KeyComparer.Instance);

    public void Set(string key, object? value) => Items[TracedText.Trusted(key)] = value;

    public void Set(TracedText key, object? value) => Items[key] = value;

    public void Set(object? key, object? value, RenderBudget budget) => Items[KeyComparer.Wrap(key, budget)] = value;

    public bool TryGet(object? key, RenderBudget budget, out object? value) =>
        Items.TryGetValue(KeyComparer.Wrap(key, budget), out value);

    /// <summary>A key as the template sees it.</summary>
    public static object? Unwrap(object key) => ReferenceEquals(key, KeyComparer.None) ? null : key;
}
