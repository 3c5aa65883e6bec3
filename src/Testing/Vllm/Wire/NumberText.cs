using System.Globalization;

namespace ThemisBridge.Testing.Vllm.Wire;

/// <summary>Numbers as each of vLLM's writers spells them.</summary>
internal static class NumberText
{
    /// <summary>As Python's <c>repr</c>: <c>-2.634490556374658e-05</c>, <c>3.0</c>, <c>nan</c>.</summary>
    public static string Python(double value)
    {
        if (double.IsNaN(value))
        {
            return "nan";
        }

        string text = value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        return double.IsInteger(value) && !text.Contains('e', StringComparison.Ordinal) ? text + ".0" : text;
    }

    /// <summary>As the serializer of streams: <c>-0.00002634490556374658</c>.</summary>
    public static string Positional(double value)
    {
        string text = Python(value);
        return text.Contains('e', StringComparison.Ordinal) && Math.Abs(value) >= 1e-5 ? Expand(text) : text;
    }

    /// <summary>As the Rust front end, in single precision: <c>-0.000026344906</c>.</summary>
    public static string Single(float value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.Contains('E', StringComparison.Ordinal) && Math.Abs(value) >= 1e-5f
            ? Expand(text.Replace('E', 'e'))
            : text.Replace('E', 'e');
    }

    // Moves the point to where a negative exponent says it is.
    private static string Expand(string text)
    {
        int e = text.IndexOf('e', StringComparison.Ordinal);
        int exponent = int.Parse(text[(e + 1)..], CultureInfo.InvariantCulture);
        string digits = text[..e].TrimStart('-').Replace(".", "", StringComparison.Ordinal);
        return (text[0] == '-' ? "-" : "") + "0." + new string('0', -exponent - 1) + digits;
    }
}
