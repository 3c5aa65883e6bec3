using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Filters of text; what is no text is printed first, as Jinja does.</summary>
internal static class TextFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>
    {
        ["capitalize"] = (value, arguments, run) =>
            TextCase.Capitalize(Text(value, arguments.Accept(), run), run.Budget),
        ["format"] = (value, arguments, run) => TextFormat.Percent(
            Printer.Text(value, run.Budget), new JinjaList([.. arguments.Positional], isTuple: true), run.Budget),
        ["indent"] = Indent,
        ["lower"] = (value, arguments, run) => TextCase.Lower(Text(value, arguments.Accept(), run), run.Budget),
        ["replace"] = Replace,
        ["safe"] = (value, arguments, run) => Text(value, arguments.Accept(), run),
        ["string"] = (value, arguments, run) => Text(value, arguments.Accept(), run),
        ["title"] = (value, arguments, run) => TextCase.TitleFilter(Text(value, arguments.Accept(), run), run.Budget),
        ["trim"] = (value, arguments, run) =>
            Trim(Printer.Text(value, run.Budget), arguments.Accept("chars"), run),
        ["upper"] = (value, arguments, run) => TextCase.Upper(Text(value, arguments.Accept(), run), run.Budget),
    };

    /// <param name="value">The value to print.</param>
    /// <param name="_">The arguments, which have been checked.</param>
    /// <param name="run">The rendering.</param>
    private static TracedText Text(object? value, CallArguments _, TemplateRun run) => Printer.Text(value, run.Budget);

    private static TracedText Trim(TracedText text, CallArguments arguments, TemplateRun run)
    {
        var chars = arguments.Get(0, "chars") is null ? null : arguments.RequireText(0, "chars").Value;
        return TextEdit.Strip(text, chars, left: true, right: true, run.Budget);
    }

    private static TracedText Indent(object? value, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("width", "first", "blank");
        var indent = arguments.Get(0, "width", 4L) as TracedText
            ?? TracedText.Trusted(new string(' ', (int)Math.Clamp(arguments.GetWhole(0, "width", 4), 0, 1000)));
        return TextEdit.Indent(Printer.Text(value, run.Budget), indent, arguments.GetBool(1, "first", false),
            arguments.GetBool(2, "blank", false), run.Budget);
    }

    private static TracedText Replace(object? value, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("old", "new", "count");
        var budget = run.Budget;
        return TextEdit.Replace(
            Printer.Text(value, budget), Printer.Text(arguments.Require(0, "old"), budget).Value,
            Printer.Text(arguments.Require(1, "new"), budget), arguments.GetWhole(2, "count", -1), budget);
    }
}
