using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>Equality of dictionary keys as Python has it: text by its characters, 1 and 1.0 and true alike.</summary>
internal sealed class KeyComparer : IEqualityComparer<object>
{
    /// <summary>Stands for none, which no .NET dictionary takes as a key.</summary>
    public static readonly object None = new();

    public static readonly KeyComparer Instance = new();

    public static object Wrap(object? key) => key switch
    {
        null => None,
        TracedText or bool or long or double => key,
        JinjaList { IsTuple: true } => key,
        _ => throw TemplateFault.Run("a list, dictionary or namespace is used as a key"),
    };

    public new bool Equals(object? x, object? y) => ReferenceEquals(x, y) || Comparison.AreEqual(x, y);

    public int GetHashCode(object obj) => obj switch
    {
        TracedText text => text.Value.GetHashCode(StringComparison.Ordinal),
        bool flag => (flag ? 1.0 : 0.0).GetHashCode(),
        long whole => ((double)whole).GetHashCode(),
        double number => number.GetHashCode(),
        JinjaList tuple => tuple.Items.Count,
        _ => 0,
    };
}
