using System.Numerics;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>All tests by name.</summary>
internal static class TestTable
{
    private delegate bool Test(object? value, CallArguments arguments);

    private static readonly Dictionary<string, Test> All = new(StringComparer.Ordinal)
    {
        ["boolean"] = (value, _) => value is bool,
        ["callable"] = (value, _) => value is ICallable or BoundMethod,
        ["defined"] = (value, _) => value is not Undefined,
        ["divisibleby"] = (value, arguments) => Whole(value) % Divisor(Whole(Other(arguments))) == 0,
        ["eq"] = (value, arguments) => Comparison.AreEqual(value, Other(arguments)),
        ["equalto"] = (value, arguments) => Comparison.AreEqual(value, Other(arguments)),
        ["even"] = (value, _) => Whole(value) % 2 == 0,
        ["false"] = (value, _) => value is false,
        ["filter"] = (value, _) => value is TracedText name && FilterTable.Has(name.Value),
        ["float"] = (value, _) => value is double,
        ["ge"] = (value, arguments) => Comparison.Order(value, Other(arguments)) >= 0,
        ["greaterthan"] = (value, arguments) => Comparison.Order(value, Other(arguments)) > 0,
        ["gt"] = (value, arguments) => Comparison.Order(value, Other(arguments)) > 0,
        ["in"] = (value, arguments) => Sequences.Contains(Other(arguments), value),
        ["integer"] = (value, _) => value is long or BigInteger,
        ["iterable"] = (value, _) => value is TracedText or JinjaList or JinjaDict or Undefined,
        ["le"] = (value, arguments) => Comparison.Order(value, Other(arguments)) <= 0,
        ["lessthan"] = (value, arguments) => Comparison.Order(value, Other(arguments)) < 0,
        ["lower"] = (value, _) => TextCase.IsLower(Printer.Text(value)),
        ["lt"] = (value, arguments) => Comparison.Order(value, Other(arguments)) < 0,
        ["mapping"] = (value, _) => value is JinjaDict,
        ["ne"] = (value, arguments) => !Comparison.AreEqual(value, Other(arguments)),
        ["none"] = (value, _) => value is null,
        ["number"] = (value, _) => value is long or BigInteger or double or bool,
        ["odd"] = (value, _) => Whole(value) % 2 != 0,
        ["sameas"] = (value, arguments) => IsSame(value, Other(arguments)),
        ["sequence"] = (value, _) => value is TracedText or JinjaList or JinjaDict or Undefined,
        ["string"] = (value, _) => value is TracedText,
        ["test"] = (value, _) => value is TracedText name && Has(name.Value),
        ["true"] = (value, _) => value is true,
        ["undefined"] = (value, _) => value is Undefined,
        ["upper"] = (value, _) => TextCase.IsUpper(Printer.Text(value)),
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
            ? test(value, arguments)
            : throw TemplateFault.Run($"there is no test '{name}'");
    }

    private static object? Other(CallArguments arguments) => arguments.Accept("other").Require(0, "other");

    private static long Whole(object? value) => value switch
    {
        long whole => whole,
        bool flag => flag ? 1 : 0,
        _ => throw TemplateFault.Run($"a test of {TypeName.Of(value)} that only whole numbers can pass"),
    };

    private static long Divisor(long value) => value != 0 ? value : throw TemplateFault.Run("a division by zero");

    private static bool IsSame(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (bool a, bool b) => a == b,
        (long a, long b) => a == b,
        _ => ReferenceEquals(left, right),
    };
}
