using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Lists, tuples, dictionaries and text as sequences. Text counts in code points, as Python's does.</summary>
internal static class Sequences
{
    /// <summary>The items of a value, in a list that nothing changes while it is walked over.</summary>
    public static IReadOnlyList<object?> Iterate(object? value, RenderBudget budget)
    {
        switch (value)
        {
            case JinjaList list:
                budget.Step(list.Items.Count);
                return [.. list.Items];
            case JinjaDict dict:
                budget.Step(dict.Items.Count);
                return [.. dict.Items.Keys.Select(JinjaDict.Unwrap)];
            case TracedText text:
                budget.Step(text.Length);
                return [.. CodePoints.Each(text)];
            case Undefined:
                return [];
            default:
                throw TemplateFault.Run($"a loop over {TypeName.Of(value)}");
        }
    }

    public static long Length(object? value, RenderBudget budget) => value switch
    {
        JinjaList list => list.Items.Count,
        JinjaDict dict => dict.Items.Count,
        TracedText text => CodePoints.Count(text.Value, budget),
        Undefined => 0,
        _ => throw TemplateFault.Run($"{TypeName.Of(value)} has no length"),
    };

    /// <summary>The item at an index, from the end if negative; undefined if there is none.</summary>
    public static object? At(object? target, long index, RenderBudget budget)
    {
        var length = Length(target, budget);
        index += index < 0 ? length : 0;
        if (index < 0 || index >= length)
        {
            return new Undefined("an item beyond the end");
        }

        return target is JinjaList list
            ? list.Items[(int)index]
            : CodePoints.Slice((TracedText)target!, index, index + 1, budget);
    }

    public static bool Contains(object? container, object? item, RenderBudget budget)
    {
        switch (container)
        {
            case JinjaList list:
                return list.Items.Any(other => Comparison.AreEqual(other, item, budget));
            case JinjaDict dict:
                return dict.TryGet(item, budget, out _);
            case TracedText text when item is TracedText part:
                budget.Search(text.Length, part.Length);
                return text.Value.Contains(part.Value, StringComparison.Ordinal);
            case Undefined:
                return false;
            default:
                throw TemplateFault.Run($"'in' between {TypeName.Of(item)} and {TypeName.Of(container)}");
        }
    }

    public static object? Slice(object? target, long? start, long? stop, long? step, RenderBudget budget)
    {
        if (target is not (JinjaList or TracedText))
        {
            return target is Undefined undefined
                ? throw undefined.Fault()
                : new Undefined("a slice of what is no sequence");
        }

        var length = Length(target, budget);

        // A step beyond the length takes one item, as that of the length does; more would overflow.
        var by = Math.Clamp(step ?? 1, -length - 1, length + 1);
        if (by == 0)
        {
            throw TemplateFault.Run("a slice with a step of zero");
        }

        var first = Bound(start, by > 0 ? 0 : length - 1, length, by);
        var end = Bound(stop, by > 0 ? length : -1, length, by);
        if (target is TracedText text && by == 1)
        {
            return budget.Made(CodePoints.Slice(text, first, Math.Max(first, end), budget));
        }

        var items = Iterate(target, budget);
        var picked = new List<object?>();
        for (var i = first; by > 0 ? i < end : i > end; i += by)
        {
            picked.Add(items[(int)i]);
        }

        return target is JinjaList list ? new JinjaList(picked, list.IsTuple) : Join(picked, TracedText.Empty, budget);
    }

    /// <summary>The items' text, with something between them.</summary>
    public static TracedText Join(IReadOnlyList<object?> items, TracedText separator, RenderBudget budget)
    {
        var builder = new TracedTextBuilder();
        for (var i = 0; i < items.Count; i++)
        {
            var text = Printer.Text(items[i], budget);
            budget.Characters((long)text.Length + separator.Length);
            if (i > 0)
            {
                builder.Append(separator);
            }

            builder.Append(text);
        }

        return builder.Build();
    }

    private static long Bound(long? bound, long otherwise, long length, long step)
    {
        if (bound is not { } value)
        {
            return otherwise;
        }

        value += value < 0 ? length : 0;
        return step > 0 ? Math.Clamp(value, 0, length) : Math.Clamp(value, -1, length - 1);
    }
}
