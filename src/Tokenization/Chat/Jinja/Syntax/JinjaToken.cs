namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>One word of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of a string literal, what it means.</param>
/// <param name="Line">Where it stands, from 1.</param>
internal readonly record struct JinjaToken(TokenKind Kind, string Text, int Line)
{
    public bool IsOperator(string text) => Kind == TokenKind.Operator && Text == text;

    public bool IsName(string text) => Kind == TokenKind.Name && Text == text;
}
