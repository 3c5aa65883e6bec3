using ThemisBridge.Tokenization.Chat.Jinja.Library;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>Operators with Python's meaning. Whole numbers have 64 bits; going beyond is an error.</summary>
internal static class Arithmetic
{
    public static object? Unary(string operation, object? value) => (operation, value) switch
    {
        ("not", _) => !Truth.Of(value),
        ("-", long whole) => Checked(() => checked(-whole)),
        ("-", double number) => -number,
        ("-", bool flag) => flag ? -1L : 0L,
        ("+", long or double) => value,
        ("+", bool flag) => flag ? 1L : 0L,
        (_, Undefined undefined) => throw undefined.Fault(),
        _ => throw TemplateFault.Run($"'{operation}' before {TypeName.Of(value)}"),
    };

    public static object? Binary(string operation, object? left, object? right, RenderBudget budget)
    {
        left = left is bool leftFlag ? leftFlag ? 1L : 0L : left;
        right = right is bool rightFlag ? rightFlag ? 1L : 0L : right;
        return (left, right) switch
        {
            (Undefined undefined, _) => throw undefined.Fault(),
            (_, Undefined undefined) => throw undefined.Fault(),
            (long a, long b) => Whole(operation, a, b),
            (long or double, long or double) => Number(operation, Convert.ToDouble(left), Convert.ToDouble(right)),
            (TracedText a, TracedText b) when operation == "+" => Concat(a, b, budget),
            (TracedText a, long b) when operation == "*" => Repeat(a, b, budget),
            (long a, TracedText b) when operation == "*" => Repeat(b, a, budget),
            (TracedText a, _) when operation == "%" => TextFormat.Percent(a, right, budget),
            (JinjaList a, JinjaList b) when operation == "+" && a.IsTuple == b.IsTuple => Concat(a, b, budget),
            _ => throw TemplateFault.Run($"'{operation}' between {TypeName.Of(left)} and {TypeName.Of(right)}"),
        };
    }

    private static TracedText Concat(TracedText left, TracedText right, RenderBudget budget)
    {
        budget.Characters((long)left.Length + right.Length);
        var builder = new TracedTextBuilder();
        builder.Append(left);
        builder.Append(right);
        return builder.Build();
    }

    private static JinjaList Concat(JinjaList left, JinjaList right, RenderBudget budget)
    {
        budget.Step(left.Items.Count + right.Items.Count);
        return new JinjaList([.. left.Items, .. right.Items], left.IsTuple);
    }

    private static TracedText Repeat(TracedText text, long times, RenderBudget budget)
    {
        times = Math.Max(0, times);
        var length = text.Length == 0 ? 0 : Math.Min(times, int.MaxValue) * text.Length;
        budget.Walk(length);
        budget.Characters(length);
        var builder = new TracedTextBuilder();
        for (long i = 0; i < times && text.Length > 0; i++)
        {
            builder.Append(text);
        }

        return builder.Build();
    }

    private static object Whole(string operation, long left, long right) => operation switch
    {
        "+" => Checked(() => checked(left + right)),
        "-" => Checked(() => checked(left - right)),
        "*" => Checked(() => checked(left * right)),
        "/" => Divisor(right) is var divisor ? left / (double)divisor : 0.0,
        "//" => Checked(() => checked(FloorDivide(left, Divisor(right)))),
        "%" => Checked(() => checked(left - (FloorDivide(left, Divisor(right)) * right))),
        _ => Power(left, right),
    };

    private static double Number(string operation, double left, double right) => operation switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / Divisor(right),
        "//" => Math.Floor(left / Divisor(right)),
        "%" => left - (Math.Floor(left / Divisor(right)) * right),
        _ => Math.Pow(left, right),
    };

    private static long Divisor(long value) => value != 0 ? value : throw TemplateFault.Run("a division by zero");

    private static double Divisor(double value) => value != 0 ? value : throw TemplateFault.Run("a division by zero");

    private static long FloorDivide(long left, long right)
    {
        var quotient = left / right;
        return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient;
    }

    private static object Power(long left, long right)
    {
        if (right < 0)
        {
            return Math.Pow(left, right);
        }

        var result = System.Numerics.BigInteger.One;
        for (long i = 0; i < right && left is not (0 or 1 or -1); i++)
        {
            result *= left;
            if (result.GetBitLength() > 64)
            {
                break;
            }
        }

        result = left switch
        {
            0 => right == 0 ? 1 : 0,
            1 => 1,
            -1 => right % 2 == 0 ? 1 : -1,
            _ => result,
        };
        return Checked(() => (long)result);
    }

    private static long Checked(Func<long> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw TemplateFault.Run("a whole number beyond 64 bits");
        }
    }
}
