using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>The functions that every template has: Jinja's that chat templates use, and transformers' two.</summary>
internal static class Functions
{
    public static IReadOnlyDictionary<string, Function> All { get; } = new Dictionary<string, Function>
    {
        ["dict"] = new((arguments, _) => Dict(arguments)),
        ["namespace"] = new((arguments, run) => Namespace(arguments, run)),
        ["raise_exception"] = new((arguments, run) =>
            throw Raised(Printer.Text(arguments.Accept("message").Require(0, "message"), run.Budget))),
        ["range"] = new((arguments, run) => Range(arguments, run)),
        ["strftime_now"] = new((arguments, run) => StrfTime.Format(
            arguments.Accept("format").RequireText(0, "format"), run.Clock.GetLocalNow(), run.Budget)),
    };

    private static JinjaDict Dict(CallArguments arguments)
    {
        if (arguments.Positional.Count > 0)
        {
            throw TemplateFault.Run("'dict' takes named values alone");
        }

        var dict = new JinjaDict();
        foreach (var (name, value) in arguments.Named)
        {
            dict.Set(name, value);
        }

        return dict;
    }

    private static JinjaNamespace Namespace(CallArguments arguments, TemplateRun run)
    {
        var made = new JinjaNamespace();
        foreach (var source in arguments.Positional)
        {
            foreach (var (key, value) in (source as JinjaDict)?.Items
                ?? throw TemplateFault.Run("'namespace' takes a dictionary or named values"))
            {
                run.Budget.Step();
                made.Attributes[Printer.Text(JinjaDict.Unwrap(key), run.Budget).Value] = value;
            }
        }

        foreach (var (name, value) in arguments.Named)
        {
            made.Attributes[name] = value;
        }

        return made;
    }

    private static JinjaList Range(CallArguments arguments, TemplateRun run)
    {
        arguments.Accept("start", "stop", "step");
        var start = arguments.Positional.Count > 1 ? arguments.GetWhole(0, "start", 0) : 0;
        var stop = arguments.GetWhole(arguments.Positional.Count > 1 ? 1 : 0, "stop", 0);
        var step = arguments.GetWhole(2, "step", 1);
        if (step == 0)
        {
            throw TemplateFault.Run("'range' with a step of zero");
        }

        var numbers = new List<object?>();
        for (Int128 number = start; step > 0 ? number < stop : number > stop; number += step)
        {
            if (numbers.Count == JinjaLimits.RangeLength)
            {
                throw TemplateFault.Limit($"a range of more than {JinjaLimits.RangeLength} numbers");
            }

            numbers.Add((long)number);
        }

        run.Budget.Step(numbers.Count);
        return new JinjaList(numbers);
    }

    /// <summary>The template's own refusal, without what the conversation wrote into it.</summary>
    private static BridgeException Raised(TracedText message)
    {
        var shown = new System.Text.StringBuilder();
        for (var i = 0; i < message.Length && shown.Length < 500; i++)
        {
            if (message.IsTrusted(i, 1))
            {
                shown.Append(message.Value[i]);
            }
            else if (shown.Length == 0 || shown[^1] != '…')
            {
                shown.Append('…');
            }
        }

        return TemplateFault.Run($"it says: {shown}");
    }
}
