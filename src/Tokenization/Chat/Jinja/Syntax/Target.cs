namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>What a value is assigned to.</summary>
internal abstract record Target
{
    internal sealed record Name(string Id) : Target;

    /// <summary><c>name.attribute</c>, where the name is a namespace.</summary>
    internal sealed record NamespaceAttribute(string Id, string Attribute) : Target;

    internal sealed record Tuple(IReadOnlyList<Target> Items) : Target;
}
