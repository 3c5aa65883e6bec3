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
        var lists = new List<string> { "messages" };
        for (var i = 0; i < lists.Count; i++)
        {
            foreach (var set in all.OfType<Statement.Set>().Where(set => IsAccess(set.Value, lists[i], null)))
            {
                // vLLM gives up, and takes a string, where such a value goes anywhere but into a plain name.
                if (set.Target is not Target.Name name)
                {
                    return ContentFormat.Text;
                }

                if (!lists.Contains(name.Id))
                {
                    lists.Add(name.Id);
                }
            }
        }

        var loops = all.OfType<Statement.For>().ToList();
        var overMessages = loops.Where(loop => lists.Any(list => IsAccess(loop.Items, list, null))).ToList();
        if (overMessages.Any(loop => loop.Target is not Target.Name))
        {
            return ContentFormat.Text;
        }

        var messages = overMessages.Select(loop => ((Target.Name)loop.Target).Id).ToHashSet();
        var overContent = loops.FirstOrDefault(loop =>
            messages.Any(message => IsAccess(loop.Items, message, "content")));
        return overContent?.Target is Target.Name ? ContentFormat.Parts : ContentFormat.Text;
    }

    private static IEnumerable<Statement> Flatten(IReadOnlyList<Statement> statements) =>
        statements.SelectMany(statement => statement.Bodies.SelectMany(Flatten).Prepend(statement));

    /// <summary>
    /// Whether an expression is a name or, with a key, an entry of it; filtered, tested or sliced or not.
    /// </summary>
    private static bool IsAccess(Expression expression, string name, string? key) => expression switch
    {
        Expression.Filter filter => IsAccess(filter.Target, name, key),
        Expression.Test test => IsAccess(test.Target, name, key),
        Expression.Slice slice => IsAccess(slice.Target, name, key),
        Expression.Name id => key is null && id.Id == name,
        Expression.Attribute { Target: Expression.Name id } attribute => id.Id == name && attribute.Id == key,
        Expression.Item { Target: Expression.Name id, Key: Expression.Literal { Value: TracedText text } } =>
            id.Id == name && text.Value == key,
        _ => false,
    };
}
