namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>A list or, if so marked, a tuple.</summary>
internal sealed class JinjaList(List<object?> items, bool isTuple = false)
{
    public List<object?> Items { get; } = items;

    public bool IsTuple { get; } = isTuple;
}
