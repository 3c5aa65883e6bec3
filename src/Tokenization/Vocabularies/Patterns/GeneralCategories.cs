using System.Globalization;

namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>Unicode general categories by their short names: <c>L</c>, <c>Lu</c> and so on.</summary>
internal static class GeneralCategories
{
    /// <summary>The names in the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly string[] Names =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
        "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    /// <summary>A bit per category that the name covers, or null for a name that is none.</summary>
    public static uint? Find(string name)
    {
        if (name.Length is < 1 or > 2)
        {
            return null;
        }

        var mask = 0u;
        for (var i = 0; i < Names.Length; i++)
        {
            mask |= Names[i].StartsWith(name, StringComparison.Ordinal) ? 1u << i : 0;
        }

        return mask == 0 ? null : mask;
    }
}
