using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>
/// <c>value.name</c> and <c>value[key]</c>. As in Jinja each falls back on the other: a method hides a dictionary's
/// entry behind the point, and the entry hides the method behind the bracket.
/// </summary>
internal static class Attributes
{
    public static object? Get(object? target, string name)
    {
        switch (target)
        {
            case Undefined undefined:
                throw undefined.Fault();
            case JinjaNamespace @namespace:
                return @namespace.Attributes.TryGetValue(name, out var value) ? value : new Undefined(name);
            case LoopState loop:
                return loop.Get(name);
            case not null when Methods.Has(target, name):
                return new BoundMethod(target, name);
            case JinjaDict dict when dict.TryGet(TracedText.Trusted(name), out var item):
                return item;
            default:
                return new Undefined(name);
        }
    }

    public static object? Item(object? target, object? key)
    {
        switch (target, key)
        {
            case (Undefined undefined, _):
                throw undefined.Fault();
            case (JinjaDict dict, null or TracedText or bool or long or double or JinjaList { IsTuple: true })
                when dict.TryGet(key, out var item):
                return item;
            case (JinjaList or TracedText, long or bool):
                return Sequences.At(target, key is long index ? index : (bool)key! ? 1 : 0);
            case (not null, TracedText name):
                return target is JinjaDict && !Methods.Has(target, name.Value)
                    ? new Undefined(Shown(name))
                    : Get(target, name.Value);
            default:
                return new Undefined("the item");
        }
    }

    /// <summary>The value at the end of a path with points, as <c>map</c> and its like take it.</summary>
    public static object? Path(object? target, object? path)
    {
        if (path is long index)
        {
            return Item(target, index);
        }

        if (path is not TracedText text)
        {
            throw TemplateFault.Run("an attribute is named by something that is no text");
        }

        foreach (var part in text.Value.Split('.'))
        {
            target = Item(target, long.TryParse(part, out var number) ? number : TracedText.Trusted(part));
        }

        return target;
    }

    /// <summary>A key as a message may show it: what the conversation wrote stays out.</summary>
    private static string Shown(TracedText name) => name.IsTrusted(0, name.Length) ? name.Value : "a key";
}
