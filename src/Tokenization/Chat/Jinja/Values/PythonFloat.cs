using System.Globalization;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>
/// Numbers as Python prints them. .NET finds the same shortest digits; the layout differs: Python writes an exponent
/// below -4 and from 16 on, and always a point.
/// </summary>
internal static class PythonFloat
{
    public static string Text(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        var sign = double.IsNegative(value) ? "-" : "";
        var (digits, point) = Digits(Math.Abs(value));
        if (digits == "0")
        {
            return sign + "0.0";
        }

        if (point is < -3 or > 16)
        {
            var mantissa = digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits;
            return $"{sign}{mantissa}e{(point < 1 ? '-' : '+')}{Math.Abs(point - 1):00}";
        }

        return sign + (point <= 0
            ? "0." + new string('0', -point) + digits
            : point >= digits.Length
                ? digits + new string('0', point - digits.Length) + ".0"
                : digits[..point] + "." + digits[point..]);
    }

    /// <summary>The shortest digits, without zeros around them, and where among them the point stands.</summary>
    private static (string Digits, int Point) Digits(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = exponentAt < 0
            ? 0
            : int.Parse(text.AsSpan(exponentAt + 1), provider: CultureInfo.InvariantCulture);
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var pointAt = mantissa.IndexOf('.', StringComparison.Ordinal);
        var point = (pointAt < 0 ? mantissa.Length : pointAt) + exponent;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var significant = digits.TrimStart('0');
        point -= digits.Length - significant.Length;
        significant = significant.TrimEnd('0');
        return significant.Length == 0 ? ("0", 1) : (significant, point);
    }
}
