using System.Globalization;
using System.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>Reads single tokens inside of tags.</summary>
internal static class CodeLexer
{
    private static readonly string[] LongOperators = ["//", "**", "==", "!=", "<=", ">="];
    private const string ShortOperators = "+-*/%~[](){}<>=.:|,;";

    /// <summary>Reads the token at a position, which is no white space, and moves behind it.</summary>
    public static JinjaToken Read(string source, ref int position, int line)
    {
        var c = source[position];
        if (c is '"' or '\'')
        {
            return new JinjaToken(TokenKind.Text, ReadText(source, ref position, line), line);
        }

        if (char.IsAsciiDigit(c))
        {
            return ReadNumber(source, ref position, line);
        }

        if (c == '_' || char.IsLetter(c))
        {
            var start = position;
            while (position < source.Length && (source[position] == '_' || char.IsLetterOrDigit(source[position])))
            {
                position++;
            }

            return new JinjaToken(TokenKind.Name, source[start..position], line);
        }

        foreach (var operation in LongOperators)
        {
            if (string.CompareOrdinal(source, position, operation, 0, 2) == 0)
            {
                position += 2;
                return new JinjaToken(TokenKind.Operator, operation, line);
            }
        }

        if (!ShortOperators.Contains(c))
        {
            throw TemplateFault.Syntax(line, $"the character '{c}' has no meaning here");
        }

        position++;
        return new JinjaToken(TokenKind.Operator, c.ToString(), line);
    }

    private static JinjaToken ReadNumber(string source, ref int position, int line)
    {
        var start = position;
        SkipDigits(source, ref position);
        var isFloat = false;
        if (position + 1 < source.Length && source[position] == '.' && char.IsAsciiDigit(source[position + 1]))
        {
            isFloat = true;
            position++;
            SkipDigits(source, ref position);
        }

        var exponent = position + 1;
        if (position < source.Length && source[position] is 'e' or 'E')
        {
            exponent += exponent < source.Length && source[exponent] is '+' or '-' ? 1 : 0;
            if (exponent < source.Length && char.IsAsciiDigit(source[exponent]))
            {
                isFloat = true;
                position = exponent;
                SkipDigits(source, ref position);
            }
        }

        var text = source[start..position].Replace("_", "", StringComparison.Ordinal);
        return new JinjaToken(isFloat ? TokenKind.Float : TokenKind.Integer, text, line);
    }

    private static void SkipDigits(string source, ref int position)
    {
        while (position < source.Length && (char.IsAsciiDigit(source[position]) || source[position] == '_'))
        {
            position++;
        }
    }

    private static string ReadText(string source, ref int position, int line)
    {
        var quote = source[position++];
        var text = new StringBuilder();
        while (position < source.Length)
        {
            var c = source[position++];
            if (c == quote)
            {
                return text.ToString();
            }

            if (c == '\\' && position < source.Length)
            {
                ReadEscape(source, ref position, text, line);
            }
            else
            {
                text.Append(c);
            }
        }

        throw TemplateFault.Syntax(line, "a string without its end");
    }

    /// <summary>Python's escapes; an unknown one stays as it is, backslash and all.</summary>
    private static void ReadEscape(string source, ref int position, StringBuilder text, int line)
    {
        var c = source[position++];
        switch (c)
        {
            case '\n':
                break;
            case 'x':
                AppendHex(source, ref position, 2, text, line);
                break;
            case 'u':
                AppendHex(source, ref position, 4, text, line);
                break;
            case 'U':
                AppendHex(source, ref position, 8, text, line);
                break;
            case >= '0' and <= '7':
                AppendOctal(source, ref position, text);
                break;
            case 'N':
                throw TemplateFault.Syntax(line, "characters by name (\\N) are not supported");
            default:
                var simple = "\\'\"abfnrtv".IndexOf(c, StringComparison.Ordinal);
                if (simple >= 0)
                {
                    text.Append("\\'\"\a\b\f\n\r\t\v"[simple]);
                }
                else
                {
                    text.Append('\\').Append(c);
                }

                break;
        }
    }

    private static void AppendHex(string source, ref int position, int digits, StringBuilder text, int line)
    {
        if (position + digits > source.Length
            || !int.TryParse(source.AsSpan(position, digits), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out var value)
            || !Rune.TryCreate(value, out var rune))
        {
            throw TemplateFault.Syntax(line, "a broken escape in a string");
        }

        position += digits;
        text.Append(rune.ToString());
    }

    private static void AppendOctal(string source, ref int position, StringBuilder text)
    {
        var value = 0;
        var end = Math.Min(position + 2, source.Length);
        position--;
        while (position < end && source[position] is >= '0' and <= '7')
        {
            value = (value * 8) + (source[position++] - '0');
        }

        text.Append((char)value);
    }
}
