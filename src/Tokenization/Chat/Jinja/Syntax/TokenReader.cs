namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>Walks over the tokens of a template.</summary>
internal sealed class TokenReader(IReadOnlyList<JinjaToken> tokens)
{
    private int _position;
    private int _depth;

    public JinjaToken Current => tokens[_position];

    public JinjaToken Ahead => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public int Line => Current.Line;

    public JinjaToken Next()
    {
        var token = Current;
        _position = Math.Min(_position + 1, tokens.Count - 1);
        return token;
    }

    public bool TakeOperator(string text) => Take(Current.IsOperator(text));

    public bool TakeName(string text) => Take(Current.IsName(text));

    public void Expect(TokenKind kind, string what)
    {
        if (!Take(Current.Kind == kind))
        {
            throw Unexpected(what);
        }
    }

    public void ExpectOperator(string text)
    {
        if (!TakeOperator(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    public string ExpectName() => Current.Kind == TokenKind.Name ? Next().Text : throw Unexpected("a name");

    /// <summary>Counts one more level of nesting, until <see cref="Leave"/>.</summary>
    public void Enter()
    {
        if (++_depth > JinjaLimits.Depth)
        {
            throw TemplateFault.Syntax(Line, "nested too deep");
        }
    }

    public void Leave() => _depth--;

    /// <summary>The depth of a tree over trees of that depth.</summary>
    public int Over(params ReadOnlySpan<int> depths)
    {
        var deepest = 0;
        foreach (var depth in depths)
        {
            deepest = Math.Max(deepest, depth);
        }

        return deepest < JinjaLimits.Depth
            ? deepest + 1
            : throw TemplateFault.Syntax(Line, "an expression that is too long");
    }

    public Core.Failures.BridgeException Unexpected(string expected)
    {
        var found = Current.Kind switch
        {
            TokenKind.End => "the end",
            TokenKind.BlockEnd => "'%}'",
            TokenKind.OutputEnd => "'}}'",
            TokenKind.Data => "text",
            _ => $"'{(Current.Text.Length > 40 ? Current.Text[..40] : Current.Text)}'",
        };
        return TemplateFault.Syntax(Line, $"{expected} is expected, {found} found");
    }

    private bool Take(bool matches)
    {
        if (matches)
        {
            Next();
        }

        return matches;
    }
}
