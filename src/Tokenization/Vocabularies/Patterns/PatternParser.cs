namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>
/// Reads the part of Oniguruma's syntax (the engine behind Hugging Face's <c>Split</c>) that tokenizers use, with its
/// meaning: whole code points, Unicode classes. Whatever else a pattern says is refused by name, never guessed.
/// </summary>
internal sealed class PatternParser
{
    public const int MaxLength = 16 * 1024;
    private const int MaxRepeat = 1000;

    private static readonly string[] FoldingPairs = ["ss", "ff", "fi", "fl", "st"];

    private readonly PatternCursor _cursor;
    private readonly ClassParser _classes;
    private bool _ignoreCase;

    private PatternParser(string pattern)
    {
        _cursor = new PatternCursor(pattern);
        _classes = new ClassParser(_cursor);
    }

    /// <exception cref="FormatException">The pattern is broken or uses syntax that is not supported.</exception>
    public static PatternNode Parse(string pattern)
    {
        if (pattern.Length > MaxLength)
        {
            throw new FormatException($"the pattern is longer than {MaxLength} characters");
        }

        var parser = new PatternParser(pattern);
        var node = parser.ParseAlternation();
        if (!parser._cursor.AtEnd)
        {
            throw parser._cursor.Unsupported("an unmatched ')'");
        }

        return node;
    }

    private PatternNode ParseAlternation()
    {
        _cursor.Enter();
        var branches = new List<PatternNode> { ParseSequence() };
        while (_cursor.Take('|'))
        {
            branches.Add(ParseSequence());
        }

        _cursor.Leave();
        return branches.Count == 1 ? branches[0] : new PatternNode.Alternation(branches);
    }

    private PatternNode.Sequence ParseSequence()
    {
        var parts = new List<PatternNode>();
        while (!_cursor.AtEnd && _cursor.Peek() is not ('|' or ')'))
        {
            parts.Add(ParseQuantifier(ParseAtom()));
        }

        return new PatternNode.Sequence(parts);
    }

    private PatternNode ParseAtom()
    {
        var c = _cursor.Next();
        switch (c)
        {
            case '(':
                return ParseGroup();
            case '[':
                return new PatternNode.One(Cased(_classes.ParseClass()), false);
            case '.':
                return new PatternNode.One(new CharClass.Not(new CharClass.Range('\n', '\n')), false);
            case '\\':
                var (escape, isLiteral) = _classes.ParseEscape();
                return new PatternNode.One(Cased(escape), isLiteral && !_ignoreCase);
            case '$':
                return new PatternNode.LineEnd();
            case '^' or '*' or '+' or '?' or '{':
                throw _cursor.Unsupported($"'{(char)c}' here");
            default:
                RefuseFolding(c);
                return new PatternNode.One(Cased(new CharClass.Range(c, c)), !_ignoreCase);
        }
    }

    /// <summary>
    /// Without regard to case Oniguruma also equates 'ß' with 'ss' and the like, which is not followed here.
    /// </summary>
    private void RefuseFolding(int c)
    {
        if (!_ignoreCase)
        {
            return;
        }

        if (c >= 128 || FoldingPairs.Contains($"{(char)(_cursor.BeforeLast | 0x20)}{(char)(c | 0x20)}"))
        {
            throw _cursor.Unsupported("letters that fold into others, without regard to case");
        }
    }

    private CharClass Cased(CharClass inner) => _ignoreCase ? new CharClass.AnyCase(inner) : inner;

    private PatternNode ParseGroup()
    {
        var outerCase = _ignoreCase;
        var look = false;
        var negative = false;
        if (_cursor.Take('?'))
        {
            if (_cursor.Peek() is '=' or '!')
            {
                look = true;
                negative = _cursor.Next() == '!';
            }
            else
            {
                ParseGroupOptions();
            }
        }

        var inner = ParseAlternation();
        if (!_cursor.Take(')'))
        {
            throw _cursor.Unsupported("a group without ')'");
        }

        _ignoreCase = outerCase;
        return look ? new PatternNode.LookAhead(inner, negative) : inner;
    }

    private void ParseGroupOptions()
    {
        if (_cursor.Take('i'))
        {
            _ignoreCase = true;
        }

        if (!_cursor.Take(':'))
        {
            throw _cursor.Unsupported("this kind of '(?' group");
        }
    }

    private PatternNode ParseQuantifier(PatternNode atom)
    {
        var depth = 0;
        while (!_cursor.AtEnd && _cursor.Peek() is '?' or '*' or '+' or '{')
        {
            // A repetition of a repetition is nested as a group would be.
            _cursor.Enter();
            depth++;
            atom = Repeated(atom, _cursor.Peek() == '{' ? ParseBounds() : ParseSign());
        }

        for (; depth > 0; depth--)
        {
            _cursor.Leave();
        }

        return atom;
    }

    private (int Min, int Max, RepeatKind Kind) ParseSign()
    {
        var (min, max) = _cursor.Next() switch
        {
            '?' => (0, 1),
            '*' => (0, -1),
            _ => (1, -1),
        };
        var kind = _cursor.Take('?') ? RepeatKind.Lazy
            : _cursor.Take('+') ? RepeatKind.Possessive
            : RepeatKind.Greedy;
        return (min, max, kind);
    }

    private PatternNode.Repeat Repeated(PatternNode atom, (int Min, int Max, RepeatKind Kind) bounds)
    {
        if (atom.CanBeEmpty)
        {
            throw _cursor.Unsupported("repeating something that may be empty");
        }

        return new PatternNode.Repeat(atom, bounds.Min, bounds.Max, bounds.Kind);
    }

    private (int Min, int Max, RepeatKind Kind) ParseBounds()
    {
        _cursor.Next();
        var min = ParseNumber() ?? 0;
        var max = min;
        if (_cursor.Take(','))
        {
            max = ParseNumber() ?? -1;
        }

        if (!_cursor.Take('}') || min > MaxRepeat || max > MaxRepeat || (max >= 0 && max < min) || max == 0)
        {
            throw _cursor.Unsupported("these bounds of a repetition");
        }

        if (!_cursor.AtEnd && _cursor.Peek() == '+')
        {
            throw _cursor.Unsupported("'+' after '}'");
        }

        return (min, max, _cursor.Take('?') ? RepeatKind.Lazy : RepeatKind.Greedy);
    }

    private int? ParseNumber()
    {
        int? value = null;
        while (!_cursor.AtEnd && _cursor.Peek() is >= '0' and <= '9')
        {
            value = Math.Min(((value ?? 0) * 10) + (_cursor.Next() - '0'), MaxRepeat + 1);
        }

        return value;
    }
}
