using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>A parsed statement.</summary>
/// <param name="Line">Where it begins.</param>
internal abstract record Statement(int Line)
{
    /// <summary>The statements inside of it.</summary>
    public virtual IEnumerable<IReadOnlyList<Statement>> Bodies => [];

    /// <summary>Text that stands in the template.</summary>
    internal sealed record Data(TracedText Text, int Line) : Statement(Line);

    /// <summary><c>{{ value }}</c>.</summary>
    internal sealed record Output(Expression Value, int Line) : Statement(Line);

    internal sealed record If(
        IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> Branches,
        IReadOnlyList<Statement> Otherwise,
        int Line) : Statement(Line)
    {
        public override IEnumerable<IReadOnlyList<Statement>> Bodies =>
            [.. Branches.Select(branch => branch.Body), Otherwise];
    }

    internal sealed record For(
        Target Target, Expression Items, Expression? Condition, IReadOnlyList<Statement> Body,
        IReadOnlyList<Statement> Otherwise, int Line) : Statement(Line)
    {
        public override IEnumerable<IReadOnlyList<Statement>> Bodies => [Body, Otherwise];
    }

    internal sealed record Set(Target Target, Expression Value, int Line) : Statement(Line);

    /// <summary><c>{% set name | filter %}body{% endset %}</c>.</summary>
    internal sealed record SetBlock(
        Target Target, IReadOnlyList<FilterUse> Filters, IReadOnlyList<Statement> Body, int Line) : Statement(Line)
    {
        public override IEnumerable<IReadOnlyList<Statement>> Bodies => [Body];
    }

    internal sealed record FilterBlock(IReadOnlyList<FilterUse> Filters, IReadOnlyList<Statement> Body, int Line)
        : Statement(Line)
    {
        public override IEnumerable<IReadOnlyList<Statement>> Bodies => [Body];
    }

    internal sealed record With(
        IReadOnlyList<(Target Target, Expression Value)> Values, IReadOnlyList<Statement> Body, int Line)
        : Statement(Line)
    {
        public override IEnumerable<IReadOnlyList<Statement>> Bodies => [Body];
    }

    /// <summary>A macro, or the body of a call block as one.</summary>
    internal sealed record Macro(
        string Name,
        IReadOnlyList<(string Name, Expression? Default)> Parameters,
        IReadOnlyList<Statement> Body,
        int Line) : Statement(Line)
    {
        public override IEnumerable<IReadOnlyList<Statement>> Bodies => [Body];
    }

    /// <summary><c>{% call macro() %}body{% endcall %}</c>.</summary>
    internal sealed record CallBlock(Expression.Call Call, Macro Caller, int Line) : Statement(Line)
    {
        public override IEnumerable<IReadOnlyList<Statement>> Bodies => [Caller.Body];
    }

    /// <summary>
    /// Statements that stand for themselves: <c>{% generation %}</c>, which marks what a model has written.
    /// </summary>
    internal sealed record Block(IReadOnlyList<Statement> Body, int Line) : Statement(Line)
    {
        public override IEnumerable<IReadOnlyList<Statement>> Bodies => [Body];
    }

    internal sealed record Break(int Line) : Statement(Line);

    internal sealed record Continue(int Line) : Statement(Line);

    /// <summary>A filter without its target.</summary>
    internal sealed record FilterUse(string Id, Expression.ArgumentList Arguments);
}
