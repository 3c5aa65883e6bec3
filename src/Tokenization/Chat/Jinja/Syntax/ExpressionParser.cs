namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>Parses expressions with Jinja's precedence, lowest first.</summary>
internal sealed class ExpressionParser
{
    private readonly TokenReader _tokens;
    private readonly IKnownNames _library;
    private readonly PrimaryParser _primaries;

    /// <param name="tokens">Where they come from.</param>
    /// <param name="library">Which filters and tests there are.</param>
    public ExpressionParser(TokenReader tokens, IKnownNames library)
    {
        _tokens = tokens;
        _library = library;
        _primaries = new PrimaryParser(tokens, this);
    }

    public Expression Parse()
    {
        _tokens.Enter();
        var value = ParseOr();
        while (_tokens.TakeName("if"))
        {
            var test = ParseOr();
            var otherwise = _tokens.TakeName("else") ? Parse() : null;
            value = new Expression.Conditional(
                test, value, otherwise, _tokens.Over(test.Depth, value.Depth, otherwise?.Depth ?? 0));
        }

        _tokens.Leave();
        return value;
    }

    /// <summary>One expression, or several with commas between them as a tuple.</summary>
    public Expression ParseTuple(bool withConditional = true)
    {
        var first = withConditional ? Parse() : ParseOr();
        if (!_tokens.Current.IsOperator(","))
        {
            return first;
        }

        var items = new List<Expression> { first };
        while (_tokens.TakeOperator(","))
        {
            if (_tokens.Current.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd || _tokens.Current.IsOperator(")"))
            {
                break;
            }

            items.Add(withConditional ? Parse() : ParseOr());
        }

        return _primaries.ListOf(items, isTuple: true);
    }

    public Expression ParseOr() => ParseLogic("or", () => ParseLogic("and", ParseNot));

    /// <summary>A primary with what follows it, but without filters: what a call block calls.</summary>
    public Expression ParseCallee() => _primaries.ParsePostfix(_primaries.ParsePrimary());

    public IReadOnlyList<Statement.FilterUse> ParseFilters()
    {
        var filters = new List<Statement.FilterUse>();
        do
        {
            var name = ParseLibraryName("filter", _library.HasFilter);
            filters.Add(new(name, _primaries.ParseOptionalArguments()));
        }
        while (_tokens.TakeOperator("|"));
        return filters;
    }

    private Expression ParseLogic(string name, Func<Expression> parseOperand)
    {
        var left = parseOperand();
        while (_tokens.TakeName(name))
        {
            var right = parseOperand();
            left = new Expression.Binary(name, left, right, _tokens.Over(left.Depth, right.Depth));
        }

        return left;
    }

    private Expression ParseNot()
    {
        if (!_tokens.TakeName("not"))
        {
            return ParseCompare();
        }

        _tokens.Enter();
        var operand = ParseNot();
        _tokens.Leave();
        return new Expression.Unary("not", operand, _tokens.Over(operand.Depth));
    }

    private Expression ParseCompare()
    {
        var first = ParseSum();
        var rest = new List<(string, Expression)>();
        var depth = first.Depth;
        while (TakeComparison() is { } operation)
        {
            var operand = ParseSum();
            depth = Math.Max(depth, operand.Depth);
            rest.Add((operation, operand));
        }

        return rest.Count == 0 ? first : new Expression.Compare(first, rest, _tokens.Over(depth));
    }

    private string? TakeComparison()
    {
        if (_tokens.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" })
        {
            return _tokens.Next().Text;
        }

        if (_tokens.TakeName("in"))
        {
            return "in";
        }

        if (!_tokens.Current.IsName("not") || !_tokens.Ahead.IsName("in"))
        {
            return null;
        }

        _tokens.Next();
        _tokens.Next();
        return "not in";
    }

    private Expression ParseSum() => ParseChain(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation() => ParseChain(ParseProduct, "~");

    private Expression ParseProduct() => ParseChain(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseChain(() => ParseUnary(withFilters: true), "**");

    private Expression ParseChain(Func<Expression> parseOperand, params string[] operators)
    {
        var left = parseOperand();
        while (_tokens.Current.Kind == TokenKind.Operator && operators.Contains(_tokens.Current.Text))
        {
            var operation = _tokens.Next().Text;
            var right = parseOperand();
            left = new Expression.Binary(operation, left, right, _tokens.Over(left.Depth, right.Depth));
        }

        return left;
    }

    private Expression ParseUnary(bool withFilters)
    {
        Expression value;
        if (_tokens.Current.IsOperator("-") || _tokens.Current.IsOperator("+"))
        {
            _tokens.Enter();
            var operation = _tokens.Next().Text;
            var operand = ParseUnary(withFilters: false);
            _tokens.Leave();
            value = new Expression.Unary(operation, operand, _tokens.Over(operand.Depth));
        }
        else
        {
            value = _primaries.ParsePrimary();
        }

        value = _primaries.ParsePostfix(value);
        return withFilters ? ParseFiltersAndTests(value) : value;
    }

    private Expression ParseFiltersAndTests(Expression value)
    {
        while (true)
        {
            if (_tokens.TakeOperator("|"))
            {
                var name = ParseLibraryName("filter", _library.HasFilter);
                var arguments = _primaries.ParseOptionalArguments();
                value = new Expression.Filter(value, name, arguments, _tokens.Over(value.Depth, arguments.Depth));
            }
            else if (_tokens.TakeName("is"))
            {
                value = ParseTest(value);
            }
            else if (_tokens.Current.IsOperator("("))
            {
                value = _primaries.CallOf(value);
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ParseTest(Expression value)
    {
        var negated = _tokens.TakeName("not");
        var name = ParseLibraryName("test", _library.HasTest);
        var arguments = Expression.ArgumentList.None;
        if (_tokens.Current.IsOperator("("))
        {
            arguments = _primaries.ParseArguments();
        }
        else if (StartsTestArgument())
        {
            arguments = new Expression.ArgumentList([_primaries.ParsePostfix(_primaries.ParsePrimary())], []);
        }

        var depth = _tokens.Over(value.Depth, arguments.Depth);
        var test = new Expression.Test(value, name, arguments, depth);
        return negated ? new Expression.Unary("not", test, _tokens.Over(depth)) : test;
    }

    private bool StartsTestArgument() => _tokens.Current switch
    {
        { Kind: TokenKind.Name } name => name.Text is not ("else" or "or" or "and") && (name.Text != "is"
            ? true : throw TemplateFault.Syntax(_tokens.Line, "tests in a chain need brackets")),
        { Kind: TokenKind.Text or TokenKind.Integer or TokenKind.Float } => true,
        { Kind: TokenKind.Operator, Text: "[" or "{" } => true,
        _ => false,
    };

    private string ParseLibraryName(string kind, Func<string, bool> isKnown)
    {
        var line = _tokens.Line;
        var name = _tokens.ExpectName();
        return isKnown(name) ? name : throw TemplateFault.Syntax(line, $"there is no {kind} '{name}'");
    }
}
