using System.Globalization;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Python's <c>strftime</c> in the C locale. What is filled in is its field's author's.</summary>
internal static class StrfTime
{
    public static TracedText Format(TracedText format, DateTimeOffset time, RenderBudget budget)
    {
        var text = new TracedTextBuilder();
        var value = format.Value;
        for (var i = 0; i < value.Length; i++)
        {
            budget.Step();
            if (value[i] != '%' || i + 1 == value.Length)
            {
                budget.Characters(1);
                text.Append(format, i, 1);
                continue;
            }

            var start = i;
            var unpadded = value[i + 1] == '-' && i + 2 < value.Length;
            i += unpadded ? 2 : 1;
            var field = Field(value[i], time);
            field = unpadded && field.Length > 1 ? field.TrimStart('0', ' ').PadLeft(1, '0') : field;
            budget.Characters(field.Length);
            text.Append(field, format.IsTrusted(start, i + 1 - start));
        }

        return text.Build();
    }

    private static string Field(char field, DateTimeOffset time) => field switch
    {
        'Y' => time.Year.ToString("0000", CultureInfo.InvariantCulture),
        'm' => Invariant(time, "MM"),
        'd' => Invariant(time, "dd"),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'b' or 'h' => Invariant(time, "MMM"),
        'B' => Invariant(time, "MMMM"),
        'a' => Invariant(time, "ddd"),
        'A' => Invariant(time, "dddd"),
        'y' => Invariant(time, "yy"),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'H' => Invariant(time, "HH"),
        'I' => Invariant(time, "hh"),
        'M' => Invariant(time, "mm"),
        'S' => Invariant(time, "ss"),
        'f' => Invariant(time, "ffffff"),
        'p' => Invariant(time, "tt"),
        'F' => Invariant(time, "yyyy-MM-dd"),
        'T' => Invariant(time, "HH:mm:ss"),
        'R' => Invariant(time, "HH:mm"),
        'D' or 'x' => Invariant(time, "MM/dd/yy"),
        'X' => Invariant(time, "HH:mm:ss"),
        'u' => (time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'z' or 'Z' => "",
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => throw TemplateFault.Run($"the time field '%{field}' is not supported"),
    };

    private static string Invariant(DateTimeOffset time, string format) =>
        time.ToString(format, CultureInfo.InvariantCulture);
}
