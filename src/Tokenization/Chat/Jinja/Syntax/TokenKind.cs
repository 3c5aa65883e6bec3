namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>What a <see cref="JinjaToken"/> is.</summary>
internal enum TokenKind
{
    /// <summary>Text outside of all tags.</summary>
    Data,

    /// <summary><c>{%</c>.</summary>
    BlockBegin,

    /// <summary><c>%}</c>.</summary>
    BlockEnd,

    /// <summary><c>{{</c>.</summary>
    OutputBegin,

    /// <summary><c>}}</c>.</summary>
    OutputEnd,

    /// <summary>A word.</summary>
    Name,

    /// <summary>A string literal, its escapes resolved.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a point or an exponent.</summary>
    Float,

    /// <summary>An operator or a bracket.</summary>
    Operator,

    /// <summary>The end of the template.</summary>
    End,
}
