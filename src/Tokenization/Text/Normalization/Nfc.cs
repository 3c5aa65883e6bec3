using System.Text;

namespace ThemisBridge.Tokenization.Text.Normalization;

/// <summary>
/// Unicode's composed form. Our own because .NET's needs ICU and, where globalization is invariant, silently returns
/// the text as it was; vocabularies that normalize would then give other ids than the engine.
/// </summary>
internal static class Nfc
{
    /// <summary>The composed form of well-formed text; the same instance if the text is composed already.</summary>
    public static string Normalize(string text)
    {
        // Below U+0300 nothing is ever changed.
        var first = text.AsSpan().IndexOfAnyExceptInRange('\0', '\u02FF');
        if (first < 0 || !HasSuspect(text.AsSpan(first)))
        {
            return text;
        }

        var codePoints = Decompose(text);
        Reorder(codePoints);
        Compose(codePoints);
        var result = new StringBuilder(text.Length);
        Span<char> utf16 = stackalloc char[2];
        foreach (var codePoint in codePoints)
        {
            result.Append(utf16[..new Rune(codePoint).EncodeToUtf16(utf16)]);
        }

        return result.Equals(text) ? text : result.ToString();
    }

    private static bool HasSuspect(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c >= 0x300 && NfcTable.Instance.IsSuspect(c))
            {
                return true;
            }
        }

        return false;
    }

    private static List<int> Decompose(string text)
    {
        var codePoints = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, codePoints);
        }

        return codePoints;
    }

    private static void Decompose(int codePoint, List<int> into)
    {
        if (!Hangul.TryDecompose(codePoint, out var parts) && !NfcTable.Instance.TryDecompose(codePoint, out parts))
        {
            into.Add(codePoint);
            return;
        }

        Decompose(parts.First, into);
        if (parts.Second != 0)
        {
            Decompose(parts.Second, into);
        }
    }

    /// <summary>Sorts every run of combining characters by class, keeping the order of equals.</summary>
    private static void Reorder(List<int> codePoints)
    {
        for (var start = 0; start < codePoints.Count; start++)
        {
            var end = start;
            while (end < codePoints.Count && NfcTable.Instance.ClassOf(codePoints[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                var run = codePoints.GetRange(start, end - start).OrderBy(NfcTable.Instance.ClassOf).ToList();
                for (var i = 0; i < run.Count; i++)
                {
                    codePoints[start + i] = run[i];
                }
            }

            start = end;
        }
    }

    /// <summary>Joins every starter with the characters after it that nothing of the same class blocks.</summary>
    private static void Compose(List<int> codePoints)
    {
        var starter = -1;
        var lastClass = 0;
        var written = 0;
        for (var i = 0; i < codePoints.Count; i++)
        {
            var codePoint = codePoints[i];
            var combining = NfcTable.Instance.ClassOf(codePoint);
            var isNext = written - 1 == starter;
            if (starter >= 0 && (isNext || (lastClass < combining && lastClass != 0))
                && (Hangul.TryCompose(codePoints[starter], codePoint, out var composed)
                    || NfcTable.Instance.TryCompose(codePoints[starter], codePoint, out composed)))
            {
                codePoints[starter] = composed;
                continue;
            }

            if (combining == 0)
            {
                starter = written;
            }

            lastClass = combining;
            codePoints[written++] = codePoint;
        }

        codePoints.RemoveRange(written, codePoints.Count - written);
    }
}
