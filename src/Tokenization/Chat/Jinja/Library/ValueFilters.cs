using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Filters of single values.</summary>
internal static class ValueFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>
    {
        ["abs"] = (value, _, _) => value switch
        {
            long whole => (object)Math.Abs(Math.Max(whole, -long.MaxValue)),
            bool flag => flag ? 1L : 0L,
            double number => Math.Abs(number),
            _ => throw TemplateFault.Run($"'abs' of {TypeName.Of(value)}"),
        },
        ["attr"] = (value, arguments, run) => value is Undefined undefined ? throw undefined.Fault()
            : value is JinjaDict ? new Undefined("an attribute of a dictionary")
            : Attributes.Item(value, arguments.Accept("name").RequireText(0, "name"), run.Budget),
        ["d"] = Default,
        ["default"] = Default,
        ["float"] = (value, arguments, _) => ToFloat(value) ?? arguments.Accept("default").Get(0, "default", 0.0),
        ["from_json"] = (value, arguments, run) => FromJson(value, arguments.Accept(), run),
        ["int"] = ToInt,
        ["round"] = (value, arguments, run) => Round(value, arguments),
        ["tojson"] = ToJson,
    };

    private static object? Default(object? value, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("default_value", "boolean");
        return value is Undefined || (arguments.GetBool(1, "boolean", false) && !Truth.Of(value))
            ? arguments.Get(0, "default_value", TracedText.Empty)
            : value;
    }

    private static object? ToFloat(object? value) => value switch
    {
        long whole => (double)whole,
        bool flag => flag ? 1.0 : 0.0,
        double => value,
        TracedText text when double.TryParse(
            text.Value.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    /// <summary>A whole number, from text also by way of a decimal one; whatever is none becomes the default.</summary>
    private static object? ToInt(object? value, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("default", "base");
        if (value is BigInteger or long)
        {
            return value;
        }

        if (value is TracedText text && TryParse(text.Value.Trim(), arguments.GetWhole(1, "base", 10)) is { } parsed)
        {
            return parsed;
        }

        return ToFloat(value) is double number && double.IsFinite(number) && Math.Abs(number) < long.MaxValue
            ? (long)number
            : arguments.Get(0, "default", 0L);
    }

    private static long? TryParse(string text, long numberBase) => numberBase switch
    {
        10 => TryParse(text, NumberStyles.AllowLeadingSign),
        16 when text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) => TryParse(text[2..], 16),
        16 => TryParse(text, NumberStyles.AllowHexSpecifier),
        _ => throw TemplateFault.Run($"'int' with the base {numberBase} is not supported"),
    };

    private static long? TryParse(string text, NumberStyles style) =>
        long.TryParse(text, style, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static double Round(object? value, CallArguments arguments)
    {
        arguments.Accept("precision", "method");
        var number = ToFloat(value) as double? ?? throw TemplateFault.Run($"'round' of {TypeName.Of(value)}");
        var precision = (int)Math.Clamp(arguments.GetWhole(0, "precision", 0), 0, 15);
        var factor = Math.Pow(10, precision);
        return arguments.Get(1, "method") is not TracedText method || method.Value == "common"
            ? Math.Round(number, precision, MidpointRounding.ToEven)
            : method.Value switch
            {
                "ceil" => Math.Ceiling(number * factor) / factor,
                "floor" => Math.Floor(number * factor) / factor,
                _ => throw TemplateFault.Run("'round' knows common, ceil and floor"),
            };
    }

    private static TracedText ToJson(object? value, CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("ensure_ascii", "indent", "separators", "sort_keys");
        var indent = arguments.Get(1, "indent") switch
        {
            null => null,
            TracedText text => text,
            _ => TracedText.Trusted(new string(' ', (int)Math.Clamp(arguments.GetWhole(1, "indent", 0), 0, 1000))),
        };
        var (item, key) = (TracedText.Trusted(indent is null ? ", " : ","), TracedText.Trusted(": "));
        if (arguments.Get(2, "separators") is { } separators)
        {
            var pair = Sequences.Iterate(separators, run.Budget);
            (item, key) = pair is [TracedText first, TracedText second]
                ? (first, second)
                : throw TemplateFault.Run("'tojson' expects two texts as 'separators'");
        }

        var style = new JsonStyle(
            indent, item, key, arguments.GetBool(3, "sort_keys", false), arguments.GetBool(0, "ensure_ascii", false));
        return JsonText.Write(value, style, run.Budget);
    }

    /// <summary>No filter of Jinja's or transformers', but of templates that llama.cpp puts into GGUF files.</summary>
    private static object? FromJson(object? value, CallArguments _, TemplateRun run)
    {
        var text = Printer.Text(value, run.Budget).Value;
        run.Budget.Walk(text.Length);
        run.Budget.Characters(text.Length);
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = JinjaLimits.ValueDepth };
            using var document = JsonDocument.Parse(text, options);
            return JsonText.Read(document.RootElement, run.Budget);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second comes for a string with half a UTF-16 pair.
            throw TemplateFault.Run("'from_json' of what is no JSON");
        }
    }
}
