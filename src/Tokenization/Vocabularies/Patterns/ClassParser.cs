using System.Globalization;
using System.Text;

namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>Reads classes (<c>[a-z\p{L}&amp;&amp;[^x]]</c>) and escapes.</summary>
internal sealed class ClassParser(PatternCursor cursor)
{
    /// <summary>A class, whose opening bracket has been taken.</summary>
    public CharClass ParseClass()
    {
        cursor.Enter();
        var negated = cursor.Take('^');
        var parts = new List<CharClass> { ParseClassUnion() };
        while (TakeIntersection())
        {
            parts.Add(ParseClassUnion());
        }

        if (!cursor.Take(']'))
        {
            throw cursor.Unsupported("a class without ']'");
        }

        cursor.Leave();
        var whole = CharClass.Intersection(parts);
        return negated ? new CharClass.Not(whole) : whole;
    }

    private CharClass ParseClassUnion()
    {
        var members = new List<CharClass>();
        while (!cursor.AtEnd && cursor.Peek() != ']' && !IsIntersection())
        {
            members.Add(ParseClassMember());
        }

        return members.Count > 0 ? CharClass.Union(members) : throw cursor.Unsupported("an empty class");
    }

    private CharClass ParseClassMember()
    {
        if (cursor.Take('['))
        {
            return cursor.Peek() == ':' ? throw cursor.Unsupported("a POSIX class") : ParseClass();
        }

        var (first, isLiteral) = ParseClassAtom();
        if (isLiteral && !cursor.AtEnd && cursor.Peek() == '-' && cursor.PeekSecond() is not (']' or '[' or -1))
        {
            cursor.Next();
            var (last, lastIsLiteral) = ParseClassAtom();
            return lastIsLiteral
                && (first, last) is (CharClass.Range from, CharClass.Range to) && from.First <= to.First
                ? new CharClass.Range(from.First, to.First)
                : throw cursor.Unsupported("this range in a class");
        }

        return first;
    }

    private (CharClass Class, bool IsLiteral) ParseClassAtom()
    {
        var c = cursor.Next();
        return c == '\\' ? ParseEscape() : (new CharClass.Range(c, c), true);
    }

    /// <summary>What stands for a class or a character after a backslash, which has been taken.</summary>
    public (CharClass Class, bool IsLiteral) ParseEscape()
    {
        var c = cursor.Next();
        return c switch
        {
            's' => (new CharClass.Space(), false),
            'S' => (new CharClass.Not(new CharClass.Space()), false),
            'd' => (new CharClass.Categories(1u << (int)UnicodeCategory.DecimalDigitNumber), false),
            'D' => (new CharClass.Not(new CharClass.Categories(1u << (int)UnicodeCategory.DecimalDigitNumber)), false),
            'p' => (ParseProperty(), false),
            'P' => (new CharClass.Not(ParseProperty()), false),
            'n' => (new CharClass.Range('\n', '\n'), true),
            'r' => (new CharClass.Range('\r', '\r'), true),
            't' => (new CharClass.Range('\t', '\t'), true),
            'f' => (new CharClass.Range('\f', '\f'), true),
            _ when c < 128 && char.IsLetterOrDigit((char)c) => throw cursor.Unsupported($"'\\{(char)c}'"),
            _ => (new CharClass.Range(c, c), true),
        };
    }

    private CharClass ParseProperty()
    {
        var name = new StringBuilder();
        if (!cursor.Take('{'))
        {
            throw cursor.Unsupported("'\\p' without '{'");
        }

        while (cursor.Peek() != '}' && name.Length < 32)
        {
            name.Append(char.ConvertFromUtf32(cursor.Next()));
        }

        cursor.Next();
        var negated = name.Length > 0 && name[0] == '^';
        var property = GeneralCategories.Find(negated ? name.ToString(1, name.Length - 1) : name.ToString())
            ?? throw cursor.Unsupported($"the property '\\p{{{name}}}'");
        var categories = new CharClass.Categories(property);
        return negated ? new CharClass.Not(categories) : categories;
    }

    private bool IsIntersection() => cursor.Peek() == '&' && cursor.PeekSecond() == '&';

    private bool TakeIntersection()
    {
        if (cursor.AtEnd || !IsIntersection())
        {
            return false;
        }

        cursor.Next();
        cursor.Next();
        return true;
    }
}
