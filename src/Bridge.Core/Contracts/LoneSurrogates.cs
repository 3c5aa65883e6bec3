namespace ThemisBridge.Core.Contracts;

/// <summary>Finds half surrogate pairs, which UTF-8 cannot express.</summary>
internal static class LoneSurrogates
{
    /// <summary>The index of the first half pair, or -1.</summary>
    public static int IndexIn(ReadOnlySpan<char> text)
    {
        for (int start = 0; ;)
        {
            int found = text[start..].IndexOfAnyInRange('\uD800', '\uDFFF');
            if (found < 0)
            {
                return -1;
            }

            int at = start + found;
            if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
            {
                return at;
            }

            start = at + 2;
        }
    }
}
