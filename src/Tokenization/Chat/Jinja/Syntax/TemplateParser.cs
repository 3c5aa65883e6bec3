using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>Parses templates into statements.</summary>
internal sealed class TemplateParser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private TemplateParser(TokenReader tokens, IKnownNames library)
    {
        _tokens = tokens;
        _expressions = new ExpressionParser(tokens, library);
    }

    /// <exception cref="Core.Failures.BridgeException">The template is broken or uses what is not
    /// supported.</exception>
    public static IReadOnlyList<Statement> Parse(string template, IKnownNames library)
    {
        var parser = new TemplateParser(new TokenReader(JinjaLexer.Read(template)), library);
        var body = parser.ParseBody();
        return parser._tokens.Current.Kind == TokenKind.End
            ? body
            : throw parser._tokens.Unexpected("a statement");
    }

    /// <summary>
    /// Statements up to a tag that ends or continues the one around them, whose name is then current.
    /// </summary>
    private List<Statement> ParseBody(params string[] ends)
    {
        _tokens.Enter();
        var body = new List<Statement>();
        while (_tokens.Current.Kind != TokenKind.End)
        {
            var line = _tokens.Line;
            switch (_tokens.Next())
            {
                case { Kind: TokenKind.Data, Text: var text }:
                    body.Add(new Statement.Data(TracedText.Trusted(text), line));
                    break;
                case { Kind: TokenKind.OutputBegin }:
                    body.Add(new Statement.Output(_expressions.ParseTuple(), line));
                    _tokens.Expect(TokenKind.OutputEnd, "'}}'");
                    break;
                default:
                    if (_tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text))
                    {
                        _tokens.Leave();
                        return body;
                    }

                    body.Add(ParseStatement(line));
                    break;
            }
        }

        _tokens.Leave();
        return ends.Length == 0 ? body : throw TemplateFault.Syntax(_tokens.Line, $"'{ends[^1]}' is missing");
    }

    private Statement ParseStatement(int line)
    {
        var name = _tokens.ExpectName();
        return name switch
        {
            "if" => ParseIf(line),
            "for" => ParseFor(line),
            "set" => ParseSet(line),
            "macro" => ParseMacro(line),
            "call" => ParseCall(line),
            "filter" => ParseFilter(line),
            "with" => ParseWith(line),
            "generation" => ParseGeneration(line),
            "break" => InLoop(new Statement.Break(line)),
            "continue" => InLoop(new Statement.Continue(line)),
            _ => throw TemplateFault.Syntax(line, $"the statement '{name}' is not supported"),
        };
    }

    private Statement InLoop(Statement statement)
    {
        if (_loops == 0)
        {
            throw TemplateFault.Syntax(statement.Line, "'break' and 'continue' belong into a loop");
        }

        EndTag();
        return statement;
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd, "'%}'");

    private List<Statement> ParseBodyAndEnd(string end)
    {
        EndTag();
        var body = ParseBody(end);
        _tokens.Next();
        EndTag();
        return body;
    }

    private Statement.If ParseIf(int line)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        IReadOnlyList<Statement> otherwise = [];
        string end;
        do
        {
            var test = _expressions.ParseTuple(withConditional: false);
            EndTag();
            branches.Add((test, ParseBody("elif", "else", "endif")));
            end = _tokens.Next().Text;
        }
        while (end == "elif");

        if (end == "else")
        {
            otherwise = ParseBodyAndEnd("endif");
        }
        else
        {
            EndTag();
        }

        return new Statement.If(branches, otherwise, line);
    }

    private Statement.For ParseFor(int line)
    {
        var target = ParseTarget();
        if (!_tokens.TakeName("in"))
        {
            throw _tokens.Unexpected("'in'");
        }

        var items = _expressions.ParseTuple(withConditional: false);
        var condition = _tokens.TakeName("if") ? _expressions.Parse() : null;
        if (_tokens.Current.IsName("recursive"))
        {
            throw TemplateFault.Syntax(line, "recursive loops are not supported");
        }

        EndTag();
        _loops++;
        var body = ParseBody("else", "endfor");
        _loops--;
        IReadOnlyList<Statement> otherwise = [];
        if (_tokens.Next().Text == "else")
        {
            otherwise = ParseBodyAndEnd("endfor");
        }
        else
        {
            EndTag();
        }

        return new Statement.For(target, items, condition, body, otherwise, line);
    }

    private Statement ParseSet(int line)
    {
        var target = ParseTarget();
        if (_tokens.TakeOperator("="))
        {
            var value = _expressions.ParseTuple();
            EndTag();
            return new Statement.Set(target, value, line);
        }

        var filters = _tokens.TakeOperator("|") ? _expressions.ParseFilters() : [];
        return new Statement.SetBlock(target, filters, ParseBodyAndEnd("endset"), line);
    }

    private Statement.FilterBlock ParseFilter(int line) =>
        new(_expressions.ParseFilters(), ParseBodyAndEnd("endfilter"), line);

    private Statement.Block ParseGeneration(int line) => new(ParseBodyAndEnd("endgeneration"), line);

    private Statement.With ParseWith(int line)
    {
        var values = new List<(Target, Expression)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            var target = ParseSingleTarget();
            _tokens.ExpectOperator("=");
            values.Add((target, _expressions.Parse()));
            if (!_tokens.TakeOperator(","))
            {
                break;
            }
        }

        return new Statement.With(values, ParseBodyAndEnd("endwith"), line);
    }

    private Statement.Macro ParseMacro(int line)
    {
        var name = _tokens.ExpectName();
        var parameters = ParseParameters();
        return new Statement.Macro(name, parameters, ParseMacroBody("endmacro"), line);
    }

    private Statement.CallBlock ParseCall(int line)
    {
        var parameters = _tokens.Current.IsOperator("(") ? ParseParameters() : [];
        if (_expressions.ParseCallee() is not Expression.Call call)
        {
            throw TemplateFault.Syntax(line, "a call is expected after 'call'");
        }

        return new Statement.CallBlock(
            call, new Statement.Macro("caller", parameters, ParseMacroBody("endcall"), line), line);
    }

    /// <summary>A macro's body is no part of the loop around it.</summary>
    private List<Statement> ParseMacroBody(string end)
    {
        var loops = _loops;
        _loops = 0;
        var body = ParseBodyAndEnd(end);
        _loops = loops;
        return body;
    }

    private List<(string Name, Expression? Default)> ParseParameters()
    {
        var parameters = new List<(string Name, Expression? Default)>();
        _tokens.ExpectOperator("(");
        while (!_tokens.Current.IsOperator(")"))
        {
            var name = _tokens.ExpectName();
            var value = _tokens.TakeOperator("=") ? _expressions.Parse() : null;
            if (value is null && parameters.Count > 0 && parameters[^1].Default is not null)
            {
                throw _tokens.Unexpected("a default value");
            }

            parameters.Add((name, value));
            if (!_tokens.TakeOperator(","))
            {
                break;
            }
        }

        _tokens.ExpectOperator(")");
        return parameters;
    }

    private Target ParseTarget()
    {
        var items = new List<Target> { ParseSingleTarget() };
        var isTuple = false;
        while (_tokens.TakeOperator(","))
        {
            isTuple = true;
            if (_tokens.Current.Kind != TokenKind.Name || _tokens.Current.IsName("in"))
            {
                break;
            }

            items.Add(ParseSingleTarget());
        }

        return isTuple ? new Target.Tuple(items) : items[0];
    }

    private Target ParseSingleTarget()
    {
        if (_tokens.TakeOperator("("))
        {
            _tokens.Enter();
            var inner = ParseTarget();
            _tokens.Leave();
            _tokens.ExpectOperator(")");
            return inner;
        }

        var name = _tokens.ExpectName();
        if (name is "true" or "false" or "none" or "True" or "False" or "None")
        {
            throw TemplateFault.Syntax(_tokens.Line, $"nothing can be assigned to '{name}'");
        }

        return _tokens.TakeOperator(".")
            ? new Target.NamespaceAttribute(name, _tokens.ExpectName())
            : new Target.Name(name);
    }
}
