using System.Text;

namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>Case of single code points, with the two letters that fold into ASCII.</summary>
internal static class CaseVariants
{
    private const int LongS = 0x17F;
    private const int KelvinSign = 0x212A;

    public static int Lower(int codePoint) => codePoint switch
    {
        LongS => 's',
        KelvinSign => 'k',
        _ when Rune.TryCreate(codePoint, out var rune) => Rune.ToLowerInvariant(rune).Value,
        _ => codePoint,
    };

    public static int Upper(int codePoint) => codePoint switch
    {
        LongS => 'S',
        KelvinSign => 'K',
        _ when Rune.TryCreate(codePoint, out var rune) => Rune.ToUpperInvariant(rune).Value,
        _ => codePoint,
    };
}
