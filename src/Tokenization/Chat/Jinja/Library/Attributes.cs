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
    public static object? Get(object? target, string name, RenderBudget budget)
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
            case JinjaDict dict when dict.TryGet(TracedText.Trusted(name), budget, out var item):
                return item;
            default:
                return new Undefined(name);
        }
    }

    public static object? Item(object? target, object? key, RenderBudget budget)
    {
        switch (target, key)
        {
            case (Undefined undefined, _):
                throw undefined.Fault();
            case (JinjaDict dict, null or TracedText or bool or long or double or JinjaList { IsTuple: true })
                when dict.TryGet(key, budget, out var item):
                return item;
            case (JinjaList or TracedText, long or bool):
                return Sequences.At(target, key is long index ? index : (bool)key! ? 1 : 0, budget);
            case (not null, TracedText name):
                return Get(target, name.Value, budget) is var found and not Undefined
                    ? found
                    : new Undefined(Shown(name));
            default:
                return new Undefined("the item");
        }
    }

    /// <summary>The value at the end of a path with points, as <c>map</c> and its like take it.</summary>
    public static object? Path(object? target, object? path, RenderBudget budget)
    {
        if (path is long index)
        {
            return Item(target, index, budget);
        }

        if (path is not TracedText text)
        {
            throw TemplateFault.Run("an attribute is named by something that is no text");
        }

        budget.Walk(text.Length);
        foreach (var part in text.Value.Split('.'))
        {
            budget.Step();
            object key = long.TryParse(part, out var number) ? number
                : text.IsTrusted(0, text.Length) ? TracedText.Trusted(part)
                : TracedText.Untrusted(part);
            target = Item(target, key, budget);
        }

        return target;
    }

    /// <summary>A key as a message may show it: what the conversation wrote stays out.</summary>
    private static string Shown(TracedText name) => name.IsTrusted(0, name.Length) ? name.Value : "a key";
}
