using System.Globalization;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>Parses what operators stand between: values, and what hangs on them.</summary>
/// <param name="tokens">Where they come from.</param>
/// <param name="expressions">Parses what stands inside of brackets.</param>
internal sealed class PrimaryParser(TokenReader tokens, ExpressionParser expressions)
{
    /// <summary>A name, a literal or something in brackets.</summary>
    public Expression ParsePrimary()
    {
        var token = tokens.Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Expression.Literal(true),
                    "false" or "False" => new Expression.Literal(false),
                    "none" or "None" => new Expression.Literal(null),
                    _ => new Expression.Name(token.Text),
                };
            case TokenKind.Text:
                var text = token.Text;
                while (tokens.Current.Kind == TokenKind.Text)
                {
                    text += tokens.Next().Text;
                }

                return new Expression.Literal(TracedText.Trusted(text));
            case TokenKind.Integer:
                return new Expression.Literal(
                    long.TryParse(token.Text, CultureInfo.InvariantCulture, out var whole)
                        ? whole
                        : throw TemplateFault.Syntax(token.Line, "a number too large"));
            case TokenKind.Float:
                return new Expression.Literal(double.Parse(token.Text, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                return ParseParentheses();
            case TokenKind.Operator when token.Text == "[":
                return ParseList();
            case TokenKind.Operator when token.Text == "{":
                return ParseDict();
            default:
                throw TemplateFault.Syntax(token.Line, $"a value is expected, '{token.Text}' found");
        }
    }

    private Expression ParseParentheses()
    {
        var value = tokens.Current.IsOperator(")") ? ListOf([], isTuple: true) : expressions.ParseTuple();
        tokens.ExpectOperator(")");
        return value;
    }

    private Expression.ListOf ParseList()
    {
        var items = new List<Expression>();
        while (!tokens.Current.IsOperator("]"))
        {
            items.Add(expressions.Parse());
            if (!tokens.TakeOperator(","))
            {
                break;
            }
        }

        tokens.ExpectOperator("]");
        return ListOf(items, isTuple: false);
    }

    public Expression.ListOf ListOf(List<Expression> items, bool isTuple) =>
        new(items, isTuple, tokens.Over(items.Select(item => item.Depth).DefaultIfEmpty(0).Max()));

    private Expression.DictOf ParseDict()
    {
        var pairs = new List<(Expression Key, Expression Value)>();
        while (!tokens.Current.IsOperator("}"))
        {
            var key = expressions.Parse();
            tokens.ExpectOperator(":");
            pairs.Add((key, expressions.Parse()));
            if (!tokens.TakeOperator(","))
            {
                break;
            }
        }

        tokens.ExpectOperator("}");
        var depth = pairs.Select(pair => Math.Max(pair.Key.Depth, pair.Value.Depth)).DefaultIfEmpty(0).Max();
        return new Expression.DictOf(pairs, tokens.Over(depth));
    }

    /// <summary>Attributes, subscripts and calls behind a value.</summary>
    public Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            if (tokens.TakeOperator("."))
            {
                value = ParseAttribute(value);
            }
            else if (tokens.TakeOperator("["))
            {
                value = ParseSubscript(value);
            }
            else if (tokens.Current.IsOperator("("))
            {
                value = CallOf(value);
            }
            else
            {
                return value;
            }
        }
    }

    public Expression.Call CallOf(Expression target)
    {
        var arguments = ParseArguments();
        return new Expression.Call(target, arguments, tokens.Over(target.Depth, arguments.Depth));
    }

    private Expression ParseAttribute(Expression target)
    {
        var depth = tokens.Over(target.Depth);
        return tokens.Current.Kind == TokenKind.Integer
            ? new Expression.Item(target, ParsePrimary(), depth)
            : new Expression.Attribute(target, tokens.ExpectName(), depth);
    }

    private Expression ParseSubscript(Expression target)
    {
        Expression? start = null;
        if (!tokens.Current.IsOperator(":"))
        {
            start = expressions.ParseTuple();
            if (tokens.TakeOperator("]"))
            {
                return new Expression.Item(target, start, tokens.Over(target.Depth, start.Depth));
            }
        }

        tokens.ExpectOperator(":");
        var stop = tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : expressions.Parse();
        var step = tokens.TakeOperator(":") && !tokens.Current.IsOperator("]") ? expressions.Parse() : null;
        tokens.ExpectOperator("]");
        return new Expression.Slice(target, start, stop, step,
            tokens.Over(target.Depth, start?.Depth ?? 0, stop?.Depth ?? 0, step?.Depth ?? 0));
    }

    /// <summary>Arguments if there is an opening bracket, else none.</summary>
    public Expression.ArgumentList ParseOptionalArguments() =>
        tokens.Current.IsOperator("(") ? ParseArguments() : Expression.ArgumentList.None;

    public Expression.ArgumentList ParseArguments()
    {
        tokens.ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        while (!tokens.Current.IsOperator(")"))
        {
            if (tokens.Current.Kind == TokenKind.Name && tokens.Ahead.IsOperator("="))
            {
                var name = tokens.Next().Text;
                tokens.Next();
                named.Add((name, expressions.Parse()));
            }
            else if (named.Count > 0)
            {
                throw tokens.Unexpected("a named argument");
            }
            else
            {
                positional.Add(expressions.Parse());
            }

            if (!tokens.TakeOperator(","))
            {
                break;
            }
        }

        tokens.ExpectOperator(")");
        return new Expression.ArgumentList(positional, named);
    }
}
