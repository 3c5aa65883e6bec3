using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Filters of sequences.</summary>
internal static class SequenceFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>
    {
        ["count"] = (value, arguments, run) => Sequences.Length(Only(value, arguments), run.Budget),
        ["dictsort"] = DictSort,
        ["first"] = (value, arguments, run) => Sequences.Iterate(Only(value, arguments), run.Budget) is [var first, ..]
            ? first : new Undefined("the first of no items"),
        ["items"] = (value, arguments, run) => Items(Only(value, arguments), run),
        ["join"] = Join,
        ["last"] = (value, arguments, run) => Sequences.Iterate(Only(value, arguments), run.Budget) is [.., var last]
            ? last : new Undefined("the last of no items"),
        ["length"] = (value, arguments, run) => Sequences.Length(Only(value, arguments), run.Budget),
        ["list"] = (value, arguments, run) => new JinjaList([.. Sequences.Iterate(Only(value, arguments), run.Budget)]),
        ["map"] = Map,
        ["max"] = (value, arguments, run) => Extreme(value, arguments, run, 1),
        ["min"] = (value, arguments, run) => Extreme(value, arguments, run, -1),
        ["reject"] = (value, arguments, run) => Select(value, arguments, run, byAttribute: false, wanted: false),
        ["rejectattr"] = (value, arguments, run) => Select(value, arguments, run, byAttribute: true, wanted: false),
        ["reverse"] = (value, arguments, run) => Reverse(Only(value, arguments), run),
        ["select"] = (value, arguments, run) => Select(value, arguments, run, byAttribute: false, wanted: true),
        ["selectattr"] = (value, arguments, run) => Select(value, arguments, run, byAttribute: true, wanted: true),
        ["sort"] = Sort,
        ["sum"] = Sum,
        ["unique"] = Unique,
    };

    private static object? Only(object? value, CallArguments arguments)
    {
        arguments.Accept();
        return value;
    }

    private static JinjaList Items(object? value, TemplateRun run)
    {
        if (value is Undefined)
        {
            return new JinjaList([]);
        }

        var dict = value as JinjaDict ?? throw TemplateFault.Run($"'items' of {TypeName.Of(value)}");
        run.Budget.Step(dict.Items.Count);
        return new JinjaList([.. dict.Items.Select(Methods.Pair)]);
    }

    private static TracedText Join(object? value, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("d", "attribute");
        var items = Sequences.Iterate(value, run.Budget);
        if (arguments.Get(1, "attribute") is { } attribute)
        {
            items = [.. items.Select(item => Attributes.Path(item, attribute, run.Budget))];
        }

        return Sequences.Join(items, Printer.Text(arguments.Get(0, "d", TracedText.Empty), run.Budget), run.Budget);
    }

    private static object? Reverse(object? value, TemplateRun run)
    {
        var items = Sequences.Iterate(value, run.Budget).Reverse().ToList();
        return value is TracedText ? Sequences.Join(items, TracedText.Empty, run.Budget) : new JinjaList(items);
    }

    /// <summary>Either an attribute of every item, or a filter applied to every item.</summary>
    private static JinjaList Map(object? value, CallArguments arguments, TemplateRun run)
    {
        var items = IterateIfTrue(value, run);
        if (arguments.Positional.Count == 0)
        {
            arguments.Accept("attribute", "default");
            var path = arguments.Require(0, "attribute");
            var otherwise = arguments.Get(1, "default");
            return new JinjaList([.. items
                .Select(item => Attributes.Path(item, path, run.Budget))
                .Select(found => found is Undefined ? otherwise ?? found : found)]);
        }

        var filter = Printer.Text(arguments.Positional[0], run.Budget).Value;
        var rest = new CallArguments(filter, [.. arguments.Positional.Skip(1)], arguments.Named);
        return new JinjaList([.. items.Select(item => FilterTable.Apply(filter, item, rest, run))]);
    }

    private static JinjaList Select(
        object? value, CallArguments arguments, TemplateRun run, bool byAttribute, bool wanted)
    {
        var given = arguments.Positional;
        var path = byAttribute ? arguments.Require(0, "attribute") : null;
        var testAt = byAttribute ? 1 : 0;
        var test = given.Count > testAt ? Printer.Text(given[testAt], run.Budget).Value : null;
        var rest = new CallArguments(test ?? "", [.. given.Skip(testAt + 1)], arguments.Named);
        return new JinjaList([.. IterateIfTrue(value, run).Where(item =>
        {
            var tested = byAttribute ? Attributes.Path(item, path, run.Budget) : item;
            return wanted == (test is null ? Truth.Of(tested) : TestTable.Apply(test, tested, rest, run));
        })]);
    }

    /// <summary>These filters take whatever is false, none too, as no items.</summary>
    private static IReadOnlyList<object?> IterateIfTrue(object? value, TemplateRun run) =>
        Truth.Of(value) ? Sequences.Iterate(value, run.Budget) : [];

    private static JinjaList Sort(object? value, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("reverse", "case_sensitive", "attribute");
        var caseSensitive = arguments.GetBool(1, "case_sensitive", false);
        var attribute = arguments.Get(2, "attribute");
        return Sorted(Sequences.Iterate(value, run.Budget), run, arguments.GetBool(0, "reverse", false), item =>
            Key(attribute is null ? item : Attributes.Path(item, attribute, run.Budget), caseSensitive, run));
    }

    private static JinjaList DictSort(object? value, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("case_sensitive", "by", "reverse");
        var caseSensitive = arguments.GetBool(0, "case_sensitive", false);
        var by = Printer.Text(arguments.Get(1, "by", TracedText.Trusted("key")), run.Budget).Value == "value" ? 1 : 0;
        return Sorted(Items(value, run).Items, run, arguments.GetBool(2, "reverse", false), item =>
            Key(((JinjaList)item!).Items[by], caseSensitive, run));
    }

    private static JinjaList Sorted(
        IReadOnlyList<object?> items, TemplateRun run, bool reverse, Func<object?, object?> key)
    {
        run.Budget.Step(items.Count);
        return new JinjaList(Comparison.Sorted(items, key, reverse, run.Budget));
    }

    private static object? Extreme(object? value, CallArguments arguments, TemplateRun run, int sign)
    {
        arguments.Accept("case_sensitive", "attribute");
        var attribute = arguments.Get(1, "attribute");
        object? best = new Undefined("the extreme of no items");
        object? bestKey = null;
        foreach (var item in Sequences.Iterate(value, run.Budget))
        {
            var key = Key(attribute is null ? item : Attributes.Path(item, attribute, run.Budget),
                arguments.GetBool(0, "case_sensitive", false), run);
            if (best is Undefined || Comparison.Order(key, bestKey, run.Budget) * sign > 0)
            {
                (best, bestKey) = (item, key);
            }
        }

        return best;
    }

    private static object? Sum(object? value, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("attribute", "start");
        var attribute = arguments.Get(0, "attribute");
        var sum = arguments.Get(1, "start", 0L);
        foreach (var item in Sequences.Iterate(value, run.Budget))
        {
            var term = attribute is null ? item : Attributes.Path(item, attribute, run.Budget);
            sum = Arithmetic.Binary("+", sum, term, run.Budget);
        }

        return sum;
    }

    private static JinjaList Unique(object? value, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("case_sensitive", "attribute");
        var attribute = arguments.Get(1, "attribute");
        var seen = new HashSet<object>(KeyComparer.Instance);
        return new JinjaList([.. Sequences.Iterate(value, run.Budget).Where(item => seen.Add(KeyComparer.Wrap(
            Key(attribute is null ? item : Attributes.Path(item, attribute, run.Budget),
                arguments.GetBool(0, "case_sensitive", false), run), run.Budget)))]);
    }

    /// <summary>What an item is compared by: text without regard to case, unless told otherwise.</summary>
    private static object? Key(object? value, bool caseSensitive, TemplateRun run) =>
        value is TracedText text && !caseSensitive ? TextCase.Lower(text, run.Budget) : value;
}
