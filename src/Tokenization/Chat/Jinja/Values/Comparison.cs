using System.Numerics;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>
/// Equality and order of values as Python has them. Values that hold another twice take twice as long as that one, so
/// every comparison is counted; but for keys, which <see cref="KeyComparer"/> counts beforehand.
/// </summary>
internal static class Comparison
{
    public static bool AreEqual(object? left, object? right, RenderBudget? budget) =>
        AreEqual(left, right, budget, 0);

    /// <summary>Below, equal or above zero.</summary>
    public static int Order(object? left, object? right, RenderBudget budget) => Order(left, right, budget, 0);

    /// <summary>The items in the order of their keys; equals stay as they were.</summary>
    public static List<T> Sorted<T>(
        IEnumerable<T> items, Func<T, object?> key, bool isDescending, RenderBudget budget)
    {
        var order = Comparer<object?>.Create((left, right) => Order(left, right, budget));
        try
        {
            return [.. isDescending ? items.OrderByDescending(key, order) : items.OrderBy(key, order)];
        }
        catch (InvalidOperationException exception) when (exception.InnerException is BridgeException inner)
        {
            // .NET wraps what a comparer throws.
            throw inner;
        }
    }

    private static bool AreEqual(object? left, object? right, RenderBudget? budget, int depth)
    {
        CheckDepth(depth);
        budget?.Step();
        if (TryNumber(left, out var leftNumber) && TryNumber(right, out var rightNumber))
        {
            return left is double || right is double
                ? ToDouble(left!) == ToDouble(right!)
                : leftNumber == rightNumber;
        }

        return (left, right) switch
        {
            (null, null) => true,
            (TracedText a, TracedText b) => a.Length == b.Length && AreEqual(a, b, budget),
            (Undefined, Undefined) => true,
            (JinjaList a, JinjaList b) => a.IsTuple == b.IsTuple && a.Items.Count == b.Items.Count
                && a.Items.Zip(b.Items).All(pair => AreEqual(pair.First, pair.Second, budget, depth + 1)),
            (JinjaDict a, JinjaDict b) => a.Items.Count == b.Items.Count
                && a.Items.All(pair =>
                    b.TryGet(JinjaDict.Unwrap(pair.Key), budget!, out var other) // No key holds a dictionary.
                    && AreEqual(pair.Value, other, budget, depth + 1)),
            _ => ReferenceEquals(left, right),
        };
    }

    private static bool AreEqual(TracedText left, TracedText right, RenderBudget? budget)
    {
        budget?.Scan(left.Length);
        return string.Equals(left.Value, right.Value, StringComparison.Ordinal);
    }

    private static int Order(object? left, object? right, RenderBudget budget, int depth)
    {
        CheckDepth(depth);
        budget.Step();
        if (TryNumber(left, out var leftNumber) && TryNumber(right, out var rightNumber))
        {
            return left is double || right is double
                ? ToDouble(left!).CompareTo(ToDouble(right!))
                : leftNumber.CompareTo(rightNumber);
        }

        switch (left, right)
        {
            case (TracedText a, TracedText b):
                budget.Scan(Math.Min(a.Length, b.Length));
                return CompareCodePoints(a.Value, b.Value);
            case (JinjaList a, JinjaList b) when a.IsTuple == b.IsTuple:
                for (var i = 0; i < Math.Min(a.Items.Count, b.Items.Count); i++)
                {
                    if (!AreEqual(a.Items[i], b.Items[i], budget, depth + 1))
                    {
                        return Order(a.Items[i], b.Items[i], budget, depth + 1);
                    }
                }

                return a.Items.Count.CompareTo(b.Items.Count);
            default:
                throw left is Undefined || right is Undefined
                    ? ((left as Undefined) ?? (Undefined)right!).Fault()
                    : TemplateFault.Run($"{TypeName.Of(left)} and {TypeName.Of(right)} have no order");
        }
    }

    /// <summary>UTF-16 sorts characters beyond the basic plane before some within it; Python does not.</summary>
    private static int CompareCodePoints(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        var (a, b) = (left[common], right[common]);
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
    }

    private static bool TryNumber(object? value, out BigInteger whole)
    {
        whole = value switch
        {
            bool flag => flag ? 1 : 0,
            long number => number,
            BigInteger big => big,
            _ => 0,
        };
        return value is bool or long or double or BigInteger;
    }

    private static double ToDouble(object value) => value switch
    {
        double number => number,
        bool flag => flag ? 1 : 0,
        long whole => whole,
        _ => (double)(BigInteger)value,
    };

    /// <summary>Refuses a value that is nested too deep.</summary>
    public static void CheckDepth(int depth)
    {
        if (depth > JinjaLimits.ValueDepth)
        {
            throw TemplateFault.Limit("a value is nested too deep to be compared");
        }
    }
}
