namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>
/// A parsed expression. <see cref="Depth"/> is that of the tree below it, so that none grows too deep.
/// </summary>
internal abstract record Expression(int Depth)
{
    /// <param name="Value">A value of the evaluator.</param>
    internal sealed record Literal(object? Value) : Expression(1);

    internal sealed record Name(string Id) : Expression(1);

    internal sealed record ListOf(IReadOnlyList<Expression> Items, bool IsTuple, int Depth) : Expression(Depth);

    internal sealed record DictOf(IReadOnlyList<(Expression Key, Expression Value)> Pairs, int Depth)
        : Expression(Depth);

    /// <summary><c>target.name</c>.</summary>
    internal sealed record Attribute(Expression Target, string Id, int Depth) : Expression(Depth);

    /// <summary><c>target[key]</c>.</summary>
    internal sealed record Item(Expression Target, Expression Key, int Depth) : Expression(Depth);

    /// <summary><c>target[start:stop:step]</c>.</summary>
    internal sealed record Slice(Expression Target, Expression? Start, Expression? Stop, Expression? Step, int Depth)
        : Expression(Depth);

    internal sealed record Call(Expression Target, ArgumentList Arguments, int Depth) : Expression(Depth);

    internal sealed record Filter(Expression Target, string Id, ArgumentList Arguments, int Depth) : Expression(Depth);

    internal sealed record Test(Expression Target, string Id, ArgumentList Arguments, int Depth) : Expression(Depth);

    /// <summary><c>+</c>, <c>-</c> or <c>not</c> before an operand.</summary>
    internal sealed record Unary(string Operator, Expression Operand, int Depth) : Expression(Depth);

    /// <summary>Arithmetic, <c>~</c>, <c>and</c> or <c>or</c>.</summary>
    internal sealed record Binary(string Operator, Expression Left, Expression Right, int Depth) : Expression(Depth);

    /// <summary>A chain of comparisons, <c>in</c> and <c>not in</c> among them.</summary>
    internal sealed record Compare(
        Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest, int Depth) : Expression(Depth);

    /// <summary><c>then if condition else otherwise</c>.</summary>
    internal sealed record Conditional(Expression Condition, Expression Then, Expression? Otherwise, int Depth)
        : Expression(Depth);

    /// <summary>What a call is given.</summary>
    internal sealed record ArgumentList(
        IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
    {
        public static ArgumentList None { get; } = new([], []);

        public int Depth => Math.Max(
            Positional.Select(item => item.Depth).DefaultIfEmpty(0).Max(),
            Named.Select(item => item.Value.Depth).DefaultIfEmpty(0).Max());
    }
}
