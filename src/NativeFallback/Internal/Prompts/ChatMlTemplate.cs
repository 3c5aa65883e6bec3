using System.Text;

namespace ThemisBridge.NativeFallback.Internal.Prompts;

/// <summary>
/// Recognises the plain ChatML template: every message as <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c>,
/// then
/// the start of an assistant message. The template is not run but read: put into one form of writing it must equal the
/// plain one, so that a template that does anything else is never taken for it.
/// </summary>
internal static class ChatMlTemplate
{
    // Stand for what a message holds; a template that contains them is none of ours.
    private const char Role = '\u0001';
    private const char Content = '\u0002';

    private const string Default =
        "{%if not add_generation_prompt is defined%}{%set add_generation_prompt = false%}{%endif%}";

    private const string Plain = "{%for message in messages%}<|im_start|>\u0001\n\u0002<|im_end|>\n{%endfor%}"
        + "{%if add_generation_prompt%}<|im_start|>assistant\n{%endif%}";

    private static readonly Dictionary<string, char> Fields = new(StringComparer.Ordinal)
    {
        ["message['role']"] = Role,
        ["message.role"] = Role,
        ["message['content']"] = Content,
        ["message.content"] = Content,
    };

    /// <summary>Whether a Jinja template does just that.</summary>
    public static bool IsPlain(string template) =>
        template.AsSpan().IndexOfAny(Role, Content) < 0
        && Normalise(template) is { } normal
        && (normal == Plain || normal == Default + Plain);

    // Statements as {%...%} with single spaces, everything that is printed as the text itself; null when not
    // understood.
    private static string? Normalise(string template)
    {
        // Jinja drops one line break at the end of a template.
        template = template.EndsWith('\n') ? template[..^1] : template;
        StringBuilder result = new();
        int position = 0;
        bool trimNext = false;
        bool afterStatement = false;
        while (position < template.Length)
        {
            int open = template.IndexOf('{', position);
            while (open >= 0 && (open + 1 == template.Length || template[open + 1] is not ('{' or '%' or '#')))
            {
                open = template.IndexOf('{', open + 1);
            }

            string text = template[position..(open < 0 ? template.Length : open)];
            char kind = open < 0 ? default : template[open + 1];
            string close = kind == '{' ? "}}" : "%}";
            int end = open < 0 ? -1 : template.IndexOf(close, open + 2, StringComparison.Ordinal);
            if (kind == '#' || (open >= 0 && end < 0))
            {
                return null;
            }

            bool trimBefore = open >= 0 && template[open + 2] == '-';
            bool lineStart = position == 0 || text.Contains('\n', StringComparison.Ordinal);
            text = TrimStart(text, trimNext, afterStatement);
            result.Append(TrimEnd(text, trimBefore, beforeStatement: kind == '%' && lineStart));
            if (open < 0)
            {
                break;
            }

            string inside = template[(open + 2)..end];
            trimNext = inside.EndsWith('-');
            afterStatement = kind == '%';
            inside = inside.TrimStart('-').TrimEnd('-').Trim();
            if (kind == '%')
            {
                result.Append("{%").AppendJoin(' ', inside.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                    .Append("%}");
            }
            else if (!AppendPrinted(result, inside))
            {
                return null;
            }

            position = end + 2;
        }

        return result.ToString();
    }

    // Jinja as transformers sets it up: a statement swallows the line break behind it (trim_blocks) and the blanks
    // before it when it starts a line (lstrip_blocks); a minus swallows all blanks on its side.
    private static string TrimStart(string text, bool all, bool afterStatement) =>
        all ? text.TrimStart()
        : afterStatement && text.StartsWith('\n') ? text[1..]
        : text;

    private static string TrimEnd(string text, bool all, bool beforeStatement)
    {
        if (all)
        {
            return text.TrimEnd();
        }

        string shorter = text.TrimEnd(' ', '\t');
        return beforeStatement && (shorter.Length == 0 || shorter.EndsWith('\n')) ? shorter : text;
    }

    // A sum of string literals and fields of the message.
    private static bool AppendPrinted(StringBuilder result, string expression)
    {
        int position = 0;
        while (true)
        {
            while (position < expression.Length && expression[position] == ' ')
            {
                position++;
            }

            int before = position;
            if (position < expression.Length && expression[position] is '\'' or '"')
            {
                position = AppendLiteral(result, expression, position);
            }
            else
            {
                int plus = expression.IndexOf('+', position);
                position = plus < 0 ? expression.Length : plus;
                string term = expression[before..position].Trim().Replace('"', '\'');
                if (!Fields.TryGetValue(term, out char field))
                {
                    return false;
                }

                result.Append(field);
            }

            string rest = position < 0 ? "" : expression[position..].TrimStart();
            if (position < 0 || rest.Length == 0)
            {
                return position >= 0;
            }

            if (rest[0] != '+')
            {
                return false;
            }

            position = expression.Length - rest.Length + 1;
        }
    }

    // Appends what a literal says; returns the place behind it, or -1.
    private static int AppendLiteral(StringBuilder result, string expression, int start)
    {
        for (int i = start + 1; i < expression.Length; i++)
        {
            char c = expression[i];
            if (c == expression[start])
            {
                return i + 1;
            }

            if (c == '\\')
            {
                // The plain template needs no other escape.
                if (++i == expression.Length || expression[i] != 'n')
                {
                    return -1;
                }

                c = '\n';
            }

            result.Append(c);
        }

        return -1;
    }
}
