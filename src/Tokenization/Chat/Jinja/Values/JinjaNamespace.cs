namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>What <c>namespace()</c> makes: the one thing whose attributes a template may set.</summary>
internal sealed class JinjaNamespace
{
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);
}
