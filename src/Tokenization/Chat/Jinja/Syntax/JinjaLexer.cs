using System.Text.RegularExpressions;

namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>
/// Cuts a template into tokens as Jinja does with <c>trim_blocks</c> and <c>lstrip_blocks</c>, which transformers sets:
/// a newline after a block tag goes, and so does white space between the start of a line and a block tag.
/// </summary>
internal sealed class JinjaLexer
{
    private static readonly Regex RawBegin = new(@"\G\s*raw\s*(-?)%\}", RegexOptions.CultureInvariant);
    private static readonly Regex RawEnd = new(@"\{%([-+]?)\s*endraw\s*([-+]?)%\}", RegexOptions.CultureInvariant);

    private readonly string _source;
    private readonly List<JinjaToken> _tokens = [];
    private int _position;
    private int _line = 1;
    private bool _atLineStart = true;

    private JinjaLexer(string source) => _source = source;

    public static List<JinjaToken> Read(string template)
    {
        if (template.Length > JinjaLimits.TemplateLength)
        {
            throw TemplateFault.Syntax(1, $"longer than {JinjaLimits.TemplateLength} characters");
        }

        // One newline at the very end is no part of a template.
        var source = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new JinjaLexer(source.EndsWith('\n') ? source[..^1] : source);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        while (_position < _source.Length)
        {
            var tag = FindTag();
            if (tag < 0)
            {
                AddData(_source[_position..]);
                _position = _source.Length;
                break;
            }

            ReadTag(tag);
        }

        Add(TokenKind.End, "");
    }

    /// <summary>The position of the next opening brace that begins a tag, or -1.</summary>
    private int FindTag()
    {
        for (var at = _source.IndexOf('{', _position); at >= 0; at = _source.IndexOf('{', at + 1))
        {
            if (at + 1 < _source.Length && _source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return -1;
    }

    private void ReadTag(int tag)
    {
        var kind = _source[tag + 1];
        var sign = tag + 2 < _source.Length && _source[tag + 2] is '-' or '+' ? _source[tag + 2] : ' ';
        var data = _source[_position..tag];
        AddData(sign switch
        {
            '-' => data.TrimEnd(PythonSpace.All),
            ' ' when kind != '{' => WithoutIndent(data),
            _ => data,
        });
        _line += data.Count(c => c == '\n');
        _position = tag + (sign == ' ' ? 2 : 3);
        switch (kind)
        {
            case '#':
                SkipComment();
                break;
            case '%' when TryReadRaw():
                break;
            case '%':
                Add(TokenKind.BlockBegin, "");
                ReadCode(TokenKind.BlockEnd, '%');
                break;
            default:
                Add(TokenKind.OutputBegin, "");
                ReadCode(TokenKind.OutputEnd, '}');
                break;
        }
    }

    private string WithoutIndent(string data)
    {
        var lineStart = data.LastIndexOf('\n') + 1;
        return (lineStart > 0 || _atLineStart) && data.AsSpan(lineStart).Trim(PythonSpace.All).IsEmpty
            ? data[..lineStart]
            : data;
    }

    private void SkipComment()
    {
        var end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw TemplateFault.Syntax(_line, "a comment without '#}'");
        }

        var sign = end > _position ? _source[end - 1] : ' ';
        Advance(end + 2);
        AfterTag(sign is '-' or '+' ? sign : ' ', trimsNewline: true);
    }

    /// <summary>After <c>{%</c>: takes a whole raw block, if it is one.</summary>
    private bool TryReadRaw()
    {
        var begin = RawBegin.Match(_source, _position);
        if (!begin.Success)
        {
            return false;
        }

        Advance(_position + begin.Length);
        AfterTag(begin.Groups[1].Length > 0 ? '-' : ' ', trimsNewline: false);
        var end = RawEnd.Match(_source, _position);
        if (!end.Success)
        {
            throw TemplateFault.Syntax(_line, "a raw block without its end");
        }

        var data = _source[_position..end.Index];
        AddData(end.Groups[1].Value switch
        {
            "-" => data.TrimEnd(PythonSpace.All),
            "+" => data,
            _ => WithoutIndent(data),
        });
        Advance(end.Index + end.Length);
        AfterTag(end.Groups[2].Value is [var endSign] ? endSign : ' ', trimsNewline: true);
        return true;
    }

    private void ReadCode(TokenKind endKind, char endChar)
    {
        var brackets = 0;
        while (true)
        {
            SkipSpace();
            if (_position >= _source.Length)
            {
                throw TemplateFault.Syntax(_line, "a tag without its end");
            }

            if (brackets == 0 && TryReadEnd(endKind, endChar))
            {
                return;
            }

            var start = _position;
            var token = CodeLexer.Read(_source, ref _position, _line);
            _line += _source.AsSpan(start, _position - start).Count('\n');
            brackets += token switch
            {
                { Kind: TokenKind.Operator, Text: "(" or "[" or "{" } => 1,
                { Kind: TokenKind.Operator, Text: ")" or "]" or "}" } => -1,
                _ => 0,
            };
            _tokens.Add(token);
        }
    }

    private bool TryReadEnd(TokenKind kind, char endChar)
    {
        var sign = _source[_position] is '-' or '+' ? _source[_position] : ' ';
        var at = _position + (sign == ' ' ? 0 : 1);
        if (at + 1 >= _source.Length || _source[at] != endChar || _source[at + 1] != '}'
            || (sign == '+' && kind == TokenKind.OutputEnd))
        {
            return false;
        }

        Add(kind, "");
        Advance(at + 2);
        AfterTag(sign, trimsNewline: kind == TokenKind.BlockEnd);
        return true;
    }

    /// <summary>After a tag: its sign takes all white space, or the tag takes a newline.</summary>
    private void AfterTag(char sign, bool trimsNewline)
    {
        _atLineStart = false;
        if (sign == '-')
        {
            var start = _position;
            SkipSpace();
            _atLineStart = _position > start && _source[_position - 1] == '\n';
        }
        else if (sign == ' ' && trimsNewline && _position < _source.Length && _source[_position] == '\n')
        {
            Advance(_position + 1);
            _atLineStart = true;
        }
    }

    private void SkipSpace()
    {
        var end = _position;
        while (end < _source.Length && PythonSpace.Is(_source[end]))
        {
            end++;
        }

        Advance(end);
    }

    private void Advance(int to)
    {
        for (; _position < to; _position++)
        {
            _line += _source[_position] == '\n' ? 1 : 0;
        }
    }

    private void AddData(string data)
    {
        if (data.Length > 0)
        {
            Add(TokenKind.Data, data);
        }
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new JinjaToken(kind, text, _line));
}
