using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>Equality of dictionary keys as Python has it: text by its characters, 1 and 1.0 and true alike.</summary>
internal sealed class KeyComparer : IEqualityComparer<object>
{
    /// <summary>Stands for none, which no .NET dictionary takes as a key.</summary>
    public static readonly object None = new();

    public static readonly KeyComparer Instance = new();

    /// <summary>
    /// A value as a key. All that comparing it can take is counted here, since a dictionary compares uncounted.
    /// </summary>
    public static object Wrap(object? key, RenderBudget budget)
    {
        Count(key, budget, 0);
        return key ?? None;
    }

    public new bool Equals(object? x, object? y) => ReferenceEquals(x, y) || Comparison.AreEqual(x, y, budget: null);

    public int GetHashCode(object obj)
    {
        var hash = default(HashCode);
        Add(ref hash, obj);
        return hash.ToHashCode();
    }

    private static void Count(object? key, RenderBudget budget, int depth)
    {
        budget.Step();
        switch (key)
        {
            case TracedText text:
                budget.Scan(text.Length);
                break;
            case JinjaList { IsTuple: true } tuple:
                Comparison.CheckDepth(depth);
                foreach (var item in tuple.Items)
                {
                    Count(item, budget, depth + 1);
                }

                break;
            case not (null or bool or long or double):
                throw TemplateFault.Run("a list, dictionary or namespace is used as a key");
        }
    }

    private static void Add(ref HashCode hash, object? key)
    {
        switch (key)
        {
            case TracedText text:
                hash.Add(text.Value.GetHashCode(StringComparison.Ordinal));
                break;
            case JinjaList tuple:
                foreach (var item in tuple.Items)
                {
                    Add(ref hash, item);
                }

                break;
            case bool or long or double:
                // The halves apart, for .NET's own hash lets a template choose numbers that all collide.
                var bits = BitConverter.DoubleToInt64Bits(Convert.ToDouble(key) + 0.0);
                hash.Add((int)bits);
                hash.Add((int)(bits >> 32));
                break;
        }
    }
}
