namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>What Python calls white space: Unicode's, and the four separators U+001C to U+001F.</summary>
internal static class PythonSpace
{
    public static readonly char[] All =
        [.. Enumerable.Range(0, 0x10000).Select(c => (char)c).Where(Is)];

    public static bool Is(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';
}
