using System.Numerics;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>All tests by name.</summary>
internal static class TestTable
{
    private delegate bool Test(object? value, CallArguments arguments, RenderBudget budget);

    private static readonly Dictionary<string, Test> All = new(StringComparer.Ordinal)
    {
        ["boolean"] = (value, _, _) => value is bool,
        ["callable"] = (value, _, _) => value is ICallable or BoundMethod,
        ["defined"] = (value, _, _) => value is not Undefined,
        ["divisibleby"] = (value, arguments, _) => IsDivisible(Whole(value), Whole(Other(arguments))),
        ["eq"] = (value, arguments, budget) => Comparison.AreEqual(value, Other(arguments), budget),
        ["equalto"] = (value, arguments, budget) => Comparison.AreEqual(value, Other(arguments), budget),
        ["even"] = (value, _, _) => Whole(value) % 2 == 0,
        ["false"] = (value, _, _) => value is false,
        ["filter"] = (value, _, _) => value is TracedText name && FilterTable.Has(name.Value),
        ["float"] = (value, _, _) => value is double,
        ["ge"] = (value, arguments, budget) => Comparison.Order(value, Other(arguments), budget) >= 0,
        ["greaterthan"] = (value, arguments, budget) => Comparison.Order(value, Other(arguments), budget) > 0,
        ["gt"] = (value, arguments, budget) => Comparison.Order(value, Other(arguments), budget) > 0,
        ["in"] = (value, arguments, budget) => Sequences.Contains(Other(arguments), value, budget),
        ["integer"] = (value, _, _) => value is long or BigInteger,
        ["iterable"] = (value, _, _) => value is TracedText or JinjaList or JinjaDict or Undefined,
        ["le"] = (value, arguments, budget) => Comparison.Order(value, Other(arguments), budget) <= 0,
        ["lessthan"] = (value, arguments, budget) => Comparison.Order(value, Other(arguments), budget) < 0,
        ["lower"] = (value, _, budget) => TextCase.IsLower(Printer.Text(value, budget), budget),
        ["lt"] = (value, arguments, budget) => Comparison.Order(value, Other(arguments), budget) < 0,
        ["mapping"] = (value, _, _) => value is JinjaDict,
        ["ne"] = (value, arguments, budget) => !Comparison.AreEqual(value, Other(arguments), budget),
        ["none"] = (value, _, _) => value is null,
        ["number"] = (value, _, _) => value is long or BigInteger or double or bool,
        ["odd"] = (value, _, _) => Whole(value) % 2 != 0,
        ["sameas"] = (value, arguments, _) => IsSame(value, Other(arguments)),
        ["sequence"] = (value, _, _) => value is TracedText or JinjaList or JinjaDict or Undefined,
        ["string"] = (value, _, _) => value is TracedText,
        ["test"] = (value, _, _) => value is TracedText name && Has(name.Value),
        ["true"] = (value, _, _) => value is true,
        ["undefined"] = (value, _, _) => value is Undefined,
        ["upper"] = (value, _, budget) => TextCase.IsUpper(Printer.Text(value, budget), budget),
    };

    /// <summary>Names that are no words, as <c>select</c> and its like take them.</summary>
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["=="] = "eq", ["!="] = "ne", ["<"] = "lt", ["<="] = "le", [">"] = "gt", [">="] = "ge",
    };

    public static bool Has(string name) => All.ContainsKey(name) || Aliases.ContainsKey(name);

    public static bool Apply(string name, object? value, CallArguments arguments, TemplateRun run)
    {
        run.Budget.Step();
        return All.TryGetValue(Aliases.GetValueOrDefault(name, name), out var test)
            ? test(value, arguments, run.Budget)
            : throw TemplateFault.Run($"there is no test '{name}'");
    }

    private static object? Other(CallArguments arguments) => arguments.Accept("other").Require(0, "other");

    private static long Whole(object? value) => value switch
    {
        long whole => whole,
        bool flag => flag ? 1 : 0,
        _ => throw TemplateFault.Run($"a test of {TypeName.Of(value)} that only whole numbers can pass"),
    };

    private static bool IsDivisible(long value, long by) => by switch
    {
        0 => throw TemplateFault.Run("a division by zero"),
        -1 => true, // .NET refuses the rest of the least number here.
        _ => value % by == 0,
    };

    private static bool IsSame(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (bool a, bool b) => a == b,
        (long a, long b) => a == b,
        _ => ReferenceEquals(left, right),
    };
}
