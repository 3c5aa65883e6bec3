using ThemisBridge.Tokenization.Chat.Jinja.Values;

namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>The names that one block has set; what it lacks, the block around it may have.</summary>
internal sealed class Scope(Scope? parent)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public void Set(string name, object? value) => _values[name] = value;

    public object? Get(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._values.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return new Undefined(name);
    }

    private Scope? Parent { get; } = parent;
}
