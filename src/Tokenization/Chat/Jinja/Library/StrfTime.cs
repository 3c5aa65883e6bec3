using System.Globalization;
using System.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Python's <c>strftime</c> in the C locale.</summary>
internal static class StrfTime
{
    public static string Format(string format, DateTimeOffset time)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            var unpadded = format[i + 1] == '-' && i + 2 < format.Length;
            i += unpadded ? 2 : 1;
            var field = Field(format[i], time);
            text.Append(unpadded && field.Length > 1 ? field.TrimStart('0', ' ').PadLeft(1, '0') : field);
        }

        return text.ToString();
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
