using ThemisBridge.Tokenization.Chat.Jinja.Values;

namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>What a loop's body sees as <c>loop</c>.</summary>
/// <param name="items">All items of the loop.</param>
internal sealed class LoopState(IReadOnlyList<object?> items)
{
    private object? _changed = new Undefined("changed");

    public int Index { get; set; }

    public object? Get(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => items.Count - Index - 1L,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => 1L,
        "depth0" => 0L,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("loop.previtem"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new Undefined("loop.nextitem"),
        "cycle" => new Function((arguments, _) => arguments.Positional.Count > 0
            ? arguments.Positional[Index % arguments.Positional.Count]
            : throw TemplateFault.Run("'loop.cycle' needs something to cycle through")),
        "changed" => new Function((arguments, run) =>
            Changed(new JinjaList([.. arguments.Positional], isTuple: true), run.Budget)),
        _ => new Undefined($"loop.{name}"),
    };

    private bool Changed(JinjaList values, RenderBudget budget)
    {
        var changed = !Comparison.AreEqual(values, _changed, budget);
        _changed = values;
        return changed;
    }
}
