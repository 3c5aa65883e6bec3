using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Methods of text.</summary>
internal static class TextMethods
{
    private delegate object? Method(TracedText text, CallArguments arguments, TemplateRun run);

    private static readonly Dictionary<string, Method> Table = new(StringComparer.Ordinal)
    {
        ["strip"] = (text, arguments, run) =>
            TextEdit.Strip(text, Chars(arguments), left: true, right: true, run.Budget),
        ["lstrip"] = (text, arguments, run) =>
            TextEdit.Strip(text, Chars(arguments), left: true, right: false, run.Budget),
        ["rstrip"] = (text, arguments, run) =>
            TextEdit.Strip(text, Chars(arguments), left: false, right: true, run.Budget),
        ["split"] = (text, arguments, run) => Split(text, arguments, run, fromRight: false),
        ["rsplit"] = (text, arguments, run) => Split(text, arguments, run, fromRight: true),
        ["splitlines"] = (text, arguments, run) =>
            TextSplit.Lines(text, arguments.Accept("keepends").GetBool(0, "keepends", false), run.Budget),
        ["replace"] = (text, arguments, run) => Replace(text, arguments, run),
        ["startswith"] = (text, arguments, run) =>
            AnyAffix(arguments, run, affix => text.Value.StartsWith(affix, StringComparison.Ordinal)),
        ["endswith"] = (text, arguments, run) =>
            AnyAffix(arguments, run, affix => text.Value.EndsWith(affix, StringComparison.Ordinal)),
        ["removeprefix"] = (text, arguments, run) => run.Budget.Made(
            RemovePrefix(text, arguments.Accept("prefix").RequireText(0, "prefix").Value)),
        ["removesuffix"] = (text, arguments, run) => run.Budget.Made(
            RemoveSuffix(text, arguments.Accept("suffix").RequireText(0, "suffix").Value)),
        ["upper"] = (text, arguments, run) => TextCase.Upper(text, None(arguments, run)),
        ["lower"] = (text, arguments, run) => TextCase.Lower(text, None(arguments, run)),
        ["title"] = (text, arguments, run) => TextCase.TitleMethod(text, None(arguments, run)),
        ["capitalize"] = (text, arguments, run) => TextCase.Capitalize(text, None(arguments, run)),
        ["find"] = (text, arguments, run) => Find(text, arguments, run.Budget),
        ["index"] = (text, arguments, run) => Find(text, arguments, run.Budget) is var at and >= 0
            ? at : throw TemplateFault.Run("'index' finds no such text"),
        ["count"] = (text, arguments, run) =>
            Count(text, arguments.Accept("sub").RequireText(0, "sub").Value, run.Budget),
        ["join"] = (text, arguments, run) => Sequences.Join(
            JoinItems(arguments.Accept("iterable").Require(0, "iterable"), run), text, run.Budget),
        ["format"] = (text, arguments, run) => TextFormat.Braces(text, arguments, run.Budget),
        ["isdigit"] = (text, _, run) => All(text, char.IsDigit, run),
        ["isalpha"] = (text, _, run) => All(text, char.IsLetter, run),
        ["isalnum"] = (text, _, run) => All(text, char.IsLetterOrDigit, run),
        ["isspace"] = (text, _, run) => All(text, Syntax.PythonSpace.Is, run),
        ["islower"] = (text, _, run) => TextCase.IsLower(text, run.Budget),
        ["isupper"] = (text, _, run) => TextCase.IsUpper(text, run.Budget),
    };

    public static bool Has(string name) => Table.ContainsKey(name);

    public static object? Call(TracedText text, CallArguments arguments, TemplateRun run) =>
        Table[arguments.Callee](text, arguments, run);

    private static string? Chars(CallArguments arguments) => arguments.Accept("chars").Get(0, "chars") is null
        ? null
        : arguments.RequireText(0, "chars").Value;

    private static RenderBudget None(CallArguments arguments, TemplateRun run)
    {
        arguments.Accept();
        return run.Budget;
    }

    private static JinjaList Split(TracedText text, CallArguments arguments, TemplateRun run, bool fromRight)
    {
        arguments.Accept("sep", "maxsplit");
        var separator = arguments.Get(0, "sep") is null ? null : arguments.RequireText(0, "sep").Value;
        return TextSplit.At(text, separator, arguments.GetWhole(1, "maxsplit", -1), fromRight, run.Budget);
    }

    private static TracedText Replace(TracedText text, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("old", "new", "count");
        return TextEdit.Replace(text, arguments.RequireText(0, "old").Value, arguments.RequireText(1, "new"),
            arguments.GetWhole(2, "count", -1), run.Budget);
    }

    /// <summary>An affix, or a tuple of several any of which will do.</summary>
    private static bool AnyAffix(CallArguments arguments, TemplateRun run, Func<string, bool> matches)
    {
        IReadOnlyList<object?> affixes =
            arguments.Accept("affix").Require(0, "affix") is JinjaList { IsTuple: true } tuple
                ? tuple.Items
                : [arguments.RequireText(0, "affix")];
        return affixes.OfType<TracedText>().Any(affix =>
        {
            run.Budget.Scan(affix.Length);
            return matches(affix.Value);
        });
    }

    private static bool All(TracedText text, Func<char, bool> matches, TemplateRun run)
    {
        run.Budget.Walk(text.Length);
        return text.Length > 0 && text.Value.All(matches);
    }

    private static TracedText RemovePrefix(TracedText text, string prefix) =>
        text.Value.StartsWith(prefix, StringComparison.Ordinal) ? text.Slice(prefix.Length) : text;

    private static TracedText RemoveSuffix(TracedText text, string suffix) =>
        text.Value.EndsWith(suffix, StringComparison.Ordinal) ? text.Slice(0, text.Length - suffix.Length) : text;

    private static long Find(TracedText text, CallArguments arguments, RenderBudget budget)
    {
        var part = arguments.Accept("sub").RequireText(0, "sub").Value;
        budget.Search(text.Length, part.Length);
        var at = text.Value.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : CodePoints.Count(text.Value.AsSpan(0, at), budget);
    }

    private static long Count(TracedText text, string part, RenderBudget budget)
    {
        budget.Search(text.Length, part.Length);
        return part.Length == 0 ? CodePoints.Count(text.Value, budget) + 1 : text.Value.AsSpan().Count(part);
    }

    private static IReadOnlyList<object?> JoinItems(object? items, TemplateRun run)
    {
        var list = Sequences.Iterate(items, run.Budget);
        return list.All(item => item is TracedText)
            ? list
            : throw TemplateFault.Run("the method 'join' joins text alone; the filter takes anything");
    }
}
