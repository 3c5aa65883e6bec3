using ThemisBridge.Core.Failures;

namespace ThemisBridge.Tokenization.Text;

/// <summary>Finds halves of UTF-16 pairs that stand alone: they are no characters and have no UTF-8 form.</summary>
internal static class LoneSurrogates
{
    /// <summary>Refuses text that no vocabulary can encode.</summary>
    public static void Refuse(ReadOnlySpan<char> text, string parameter)
    {
        var at = Find(text);
        if (at >= 0)
        {
            throw Refusal.InvalidRequest(parameter,
                $"The text has half a UTF-16 pair (U+{(int)text[at]:X4}) at index {at}. Send well-formed text.");
        }
    }

    /// <summary>The index of the first lone surrogate, or -1.</summary>
    public static int Find(ReadOnlySpan<char> text)
    {
        var start = 0;
        while (true)
        {
            var next = text[start..].IndexOfAnyInRange('\uD800', '\uDFFF');
            if (next < 0)
            {
                return -1;
            }

            start += next;
            if (start + 1 >= text.Length || !char.IsSurrogatePair(text[start], text[start + 1]))
            {
                return start;
            }

            start += 2;
        }
    }
}
