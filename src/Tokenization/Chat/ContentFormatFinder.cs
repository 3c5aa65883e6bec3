using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat;

/// <summary>
/// Finds out what a template expects as content, by vLLM's rule (its <c>--chat-template-content-format auto</c>): parts
/// if it loops over the content of a message that a loop over <c>messages</c> gives, else a string.
/// </summary>
internal static class ContentFormatFinder
{
    public static ContentFormat Find(IReadOnlyList<Statement> template)
    {
        var all = Flatten(template).ToList();
        if (ListsOf(all) is not { } lists)
        {
            return ContentFormat.Text;
        }

        var loops = all.OfType<Statement.For>()
            .Select(loop => (loop.Target, Items: Accessed(loop.Items)))
            .Where(loop => loop.Items.Name is not null)
            .ToList();
        var overMessages = loops.Where(loop => loop.Items.Key is null && lists.Contains(loop.Items.Name!)).ToList();
        if (overMessages.Any(loop => loop.Target is not Target.Name))
        {
            return ContentFormat.Text;
        }

        var messages = overMessages.Select(loop => ((Target.Name)loop.Target).Id).ToHashSet();
        var overContent = loops.FirstOrDefault(loop =>
            loop.Items.Key == "content" && messages.Contains(loop.Items.Name!));
        return overContent.Target is Target.Name ? ContentFormat.Parts : ContentFormat.Text;
    }

    /// <summary>
    /// The names that stand for <c>messages</c>. Null where such a value goes anywhere but into a plain name: there
    /// vLLM gives up and takes a string.
    /// </summary>
    private static HashSet<string>? ListsOf(IReadOnlyList<Statement> all)
    {
        var sets = all.OfType<Statement.Set>()
            .Select(set => (set.Target, Value: Accessed(set.Value)))
            .Where(set => set.Value is { Name: not null, Key: null })
            .ToLookup(set => set.Value.Name!, set => set.Target);
        var lists = new HashSet<string> { "messages" };
        var open = new Queue<string>(lists);
        while (open.TryDequeue(out var list))
        {
            foreach (var target in sets[list])
            {
                if (target is not Target.Name name)
                {
                    return null;
                }

                if (lists.Add(name.Id))
                {
                    open.Enqueue(name.Id);
                }
            }
        }

        return lists;
    }

    private static IEnumerable<Statement> Flatten(IReadOnlyList<Statement> statements) =>
        statements.SelectMany(statement => statement.Bodies.SelectMany(Flatten).Prepend(statement));

    /// <summary>
    /// The variable that an expression is, or whose entry of that key; filtered, tested or sliced or not. No name for
    /// whatever else.
    /// </summary>
    private static (string? Name, string? Key) Accessed(Expression expression) => expression switch
    {
        Expression.Filter filter => Accessed(filter.Target),
        Expression.Test test => Accessed(test.Target),
        Expression.Slice slice => Accessed(slice.Target),
        Expression.Name id => (id.Id, null),
        Expression.Attribute { Target: Expression.Name id } attribute => (id.Id, attribute.Id),
        Expression.Item { Target: Expression.Name id, Key: Expression.Literal { Value: TracedText text } } =>
            (id.Id, text.Value),
        _ => (null, null),
    };
}
