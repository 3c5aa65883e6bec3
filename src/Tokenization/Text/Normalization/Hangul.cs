namespace ThemisBridge.Tokenization.Text.Normalization;

/// <summary>Korean syllables, which Unicode composes by arithmetic (The Unicode Standard, section 3.12).</summary>
internal static class Hangul
{
    public const int FirstVowel = 0x1161;
    public const int LastTrailing = 0x11C2;

    private const int Syllables = 0xAC00;
    private const int Leading = 0x1100;
    private const int Trailing = 0x11A7;
    private const int LeadingCount = 19;
    private const int VowelCount = 21;
    private const int TrailingCount = 28;
    private const int SyllableCount = LeadingCount * VowelCount * TrailingCount;

    public static bool TryDecompose(int codePoint, out (int First, int Second) parts)
    {
        var index = codePoint - Syllables;
        var trailing = index % TrailingCount;
        parts = trailing != 0
            ? (codePoint - trailing, Trailing + trailing)
            : (Leading + (index / (VowelCount * TrailingCount)),
                FirstVowel + (index / TrailingCount % VowelCount));
        return index is >= 0 and < SyllableCount;
    }

    public static bool TryCompose(int first, int second, out int composed)
    {
        var leading = first - Leading;
        var vowel = second - FirstVowel;
        if (leading is >= 0 and < LeadingCount && vowel is >= 0 and < VowelCount)
        {
            composed = Syllables + (((leading * VowelCount) + vowel) * TrailingCount);
            return true;
        }

        var index = first - Syllables;
        var trailing = second - Trailing;
        composed = first + trailing;
        return index is >= 0 and < SyllableCount && index % TrailingCount == 0 && trailing is > 0 and < TrailingCount;
    }
}
