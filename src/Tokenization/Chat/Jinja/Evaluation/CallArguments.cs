using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>The values that a filter, test, function or method is given.</summary>
/// <param name="Callee">What is called, for messages.</param>
/// <param name="Positional">By position.</param>
/// <param name="Named">By name.</param>
internal sealed record CallArguments(
    string Callee, IReadOnlyList<object?> Positional, IReadOnlyList<(string Name, object? Value)> Named)
{
    /// <summary>Checks that nothing else is given than parameters of these names, in this order.</summary>
    public CallArguments Accept(params ReadOnlySpan<string> names)
    {
        if (Positional.Count > names.Length)
        {
            throw TemplateFault.Run($"'{Callee}' takes at most {names.Length} arguments");
        }

        foreach (var (name, _) in Named)
        {
            var index = names.IndexOf(name);
            if (index < 0 || index < Positional.Count)
            {
                throw TemplateFault.Run($"'{Callee}' takes no argument '{name}' here");
            }
        }

        return this;
    }

    /// <summary>The value of a parameter, or another if it is not given.</summary>
    public object? Get(int index, string name, object? otherwise = null)
    {
        if (index < Positional.Count)
        {
            return Positional[index];
        }

        foreach (var (given, value) in Named)
        {
            if (given == name)
            {
                return value;
            }
        }

        return otherwise;
    }

    public bool Has(int index, string name) => index < Positional.Count || Named.Any(given => given.Name == name);

    /// <summary>The value of a parameter that must be given.</summary>
    public object? Require(int index, string name) =>
        Has(index, name) ? Get(index, name) : throw TemplateFault.Run($"'{Callee}' needs '{name}'");

    /// <summary>The value of a parameter that must be given as text.</summary>
    public TracedText RequireText(int index, string name) =>
        Require(index, name) as TracedText ?? throw Wrong(name, "text");

    public bool GetBool(int index, string name, bool otherwise) => Truth.Of(Get(index, name, otherwise));

    public long GetWhole(int index, string name, long otherwise) => Get(index, name, otherwise) switch
    {
        long whole => whole,
        bool flag => flag ? 1 : 0,
        null => otherwise,
        _ => throw Wrong(name, "a whole number"),
    };

    private Core.Failures.BridgeException Wrong(string name, string expected) =>
        TemplateFault.Run($"'{Callee}' expects {expected} as '{name}'");
}
