using ThemisBridge.Tokenization.Chat.Jinja.Syntax;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>Tells the parser what there is.</summary>
internal sealed class JinjaLibrary : IKnownNames
{
    public static JinjaLibrary Instance { get; } = new();

    public bool HasFilter(string name) => FilterTable.Has(name);

    public bool HasTest(string name) => TestTable.Has(name);
}
