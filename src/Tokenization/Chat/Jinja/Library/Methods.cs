using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Methods of dictionaries and lists, and the way to those of text.</summary>
internal static class Methods
{
    private static readonly HashSet<string> OfDict = ["get", "items", "keys", "values", "copy"];
    private static readonly HashSet<string> OfList = ["append", "pop", "index", "count", "copy"];

    public static bool Has(object target, string name) => target switch
    {
        TracedText => TextMethods.Has(name),
        JinjaDict => OfDict.Contains(name),
        JinjaList => OfList.Contains(name),
        _ => false,
    };

    public static object? Call(BoundMethod method, CallArguments arguments, TemplateRun run) => method.Target switch
    {
        TracedText text => TextMethods.Call(text, arguments with { Callee = method.Name }, run),
        JinjaDict dict => CallDict(dict, method.Name, arguments, run),
        _ => CallList((JinjaList)method.Target, method.Name, arguments, run),
    };

    private static object? CallDict(JinjaDict dict, string name, CallArguments arguments, TemplateRun run)
    {
        if (name == "get")
        {
            arguments.Accept("key", "default");
            return dict.TryGet(arguments.Require(0, "key"), run.Budget, out var value)
                ? value
                : arguments.Get(1, "default");
        }

        arguments.Accept();
        run.Budget.Step(dict.Items.Count);
        return name switch
        {
            "items" => new JinjaList([.. dict.Items.Select(Pair)]),
            "keys" => new JinjaList([.. dict.Items.Keys.Select(JinjaDict.Unwrap)]),
            "values" => new JinjaList([.. dict.Items.Values]),
            _ => Copy(dict),
        };
    }

    /// <summary>A key and its value as a tuple.</summary>
    public static object Pair(KeyValuePair<object, object?> item) =>
        new JinjaList([JinjaDict.Unwrap(item.Key), item.Value], isTuple: true);

    private static JinjaDict Copy(JinjaDict dict)
    {
        var copy = new JinjaDict();
        foreach (var (key, value) in dict.Items)
        {
            copy.Items[key] = value;
        }

        return copy;
    }

    private static object? CallList(JinjaList list, string name, CallArguments arguments, TemplateRun run)
    {
        if (list.IsTuple && name is not ("index" or "count"))
        {
            throw TemplateFault.Run($"a tuple has no '{name}'");
        }

        switch (name)
        {
            case "append":
                list.Items.Add(arguments.Accept("item").Require(0, "item"));
                return null;
            case "pop":
                return Pop(list, arguments.Accept("index").GetWhole(0, "index", -1), run);
            case "copy":
                arguments.Accept();
                run.Budget.Step(list.Items.Count);
                return new JinjaList([.. list.Items]);
            case "index":
                var item = arguments.Accept("item").Require(0, "item");
                var at = list.Items.FindIndex(other => Comparison.AreEqual(other, item, run.Budget));
                return at >= 0 ? (long)at : throw TemplateFault.Run("'index' finds no such item");
            default:
                var counted = arguments.Accept("item").Require(0, "item");
                return (long)list.Items.Count(other => Comparison.AreEqual(other, counted, run.Budget));
        }
    }

    private static object? Pop(JinjaList list, long index, TemplateRun run)
    {
        index += index < 0 ? list.Items.Count : 0;
        if (index < 0 || index >= list.Items.Count)
        {
            throw TemplateFault.Run("'pop' from beyond the end of a list");
        }

        run.Budget.Scan(list.Items.Count - index);
        var item = list.Items[(int)index];
        list.Items.RemoveAt((int)index);
        return item;
    }
}
