using System.Globalization;
using System.Text;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Upper and lower case, character by character, so that each keeps its origin.</summary>
internal static class TextCase
{
    /// <summary>Whether there is a letter in upper case and none in lower.</summary>
    public static bool IsUpper(TracedText text, RenderBudget budget)
    {
        budget.Walk(text.Length);
        return text.Value.Any(char.IsUpper) && !text.Value.Any(char.IsLower);
    }

    /// <summary>Whether there is a letter in lower case and none in upper.</summary>
    public static bool IsLower(TracedText text, RenderBudget budget)
    {
        budget.Walk(text.Length);
        return text.Value.Any(char.IsLower) && !text.Value.Any(char.IsUpper);
    }

    public static TracedText Upper(TracedText text, RenderBudget budget) =>
        Map(text, budget, (rune, _) => ToUpper(rune));

    public static TracedText Lower(TracedText text, RenderBudget budget) =>
        Map(text, budget, (rune, _) => ToLower(rune));

    /// <summary>The first character upper case, all others lower.</summary>
    public static TracedText Capitalize(TracedText text, RenderBudget budget) =>
        Map(text, budget, (rune, before) => before is null ? ToTitle(rune) : ToLower(rune));

    /// <summary>The filter: words begin after white space, a dash or an opening bracket.</summary>
    public static TracedText TitleFilter(TracedText text, RenderBudget budget) =>
        Map(text, budget, (rune, before) => before is null || Rune.IsWhiteSpace(before.Value)
            || "-({[<".Contains((char)Math.Min(before.Value.Value, 0xFFFF)) ? ToTitle(rune) : ToLower(rune));

    /// <summary>The method: words begin after whatever is no letter.</summary>
    public static TracedText TitleMethod(TracedText text, RenderBudget budget) =>
        Map(text, budget, (rune, before) => before is { } last && IsCased(last) ? ToLower(rune) : ToTitle(rune));

    private static TracedText Map(TracedText text, RenderBudget budget, Func<Rune, Rune?, string> map)
    {
        budget.Walk(text.Length);
        var builder = new TracedTextBuilder();
        Rune? before = null;
        for (var i = 0; i < text.Length;)
        {
            var rune = Rune.GetRuneAt(text.Value, i);
            builder.Append(map(rune, before), text.IsTrusted(i, rune.Utf16SequenceLength));
            before = rune;
            i += rune.Utf16SequenceLength;
        }

        return budget.Made(builder.Build());
    }

    private static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static string ToUpper(Rune rune) => rune.Value == 'ß' ? "SS" : Rune.ToUpperInvariant(rune).ToString();

    private static string ToTitle(Rune rune) => rune.Value == 'ß' ? "Ss" : Rune.ToUpperInvariant(rune).ToString();

    private static string ToLower(Rune rune) => Rune.ToLowerInvariant(rune).ToString();
}
