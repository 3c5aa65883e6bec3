using System.Globalization;

namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>
/// A set of code points as a pattern spells it. Equal classes compare equal, so that each is built once.
/// </summary>
internal abstract record CharClass
{
    /// <summary>The words of a bit plane for U+0000 to U+FFFF.</summary>
    public const int PlaneWords = 0x10000 / 64;

    public abstract bool Contains(int codePoint);

    /// <summary>Sets the bits of the members; leaves all others.</summary>
    public abstract void Paint(Span<ulong> plane);

    /// <summary>All members of all classes, as a tree that is never deeper than it must be.</summary>
    public static CharClass Union(IReadOnlyList<CharClass> classes) =>
        Tree(classes, 0, classes.Count, (left, right) => new Either(left, right));

    /// <summary>The members that all classes share, as a tree of the same kind.</summary>
    public static CharClass Intersection(IReadOnlyList<CharClass> classes) =>
        Tree(classes, 0, classes.Count, (left, right) => new Both(left, right));

    private static CharClass Tree(
        IReadOnlyList<CharClass> classes, int start, int end, Func<CharClass, CharClass, CharClass> join)
    {
        if (end - start == 1)
        {
            return classes[start];
        }

        var middle = start + ((end - start) / 2);
        return join(Tree(classes, start, middle, join), Tree(classes, middle, end, join));
    }

    private static void Set(Span<ulong> plane, int c) => plane[c >> 6] |= 1UL << (c & 63);

    /// <summary>The code points from one to another, both included.</summary>
    internal sealed record Range(int First, int Last) : CharClass
    {
        public override bool Contains(int codePoint) => codePoint >= First && codePoint <= Last;

        public override void Paint(Span<ulong> plane)
        {
            for (var c = First; c <= Math.Min(Last, 0xFFFF); c++)
            {
                Set(plane, c);
            }
        }
    }

    /// <summary>Unicode general categories, as bits.</summary>
    internal sealed record Categories(uint Mask) : CharClass
    {
        public override bool Contains(int codePoint) =>
            ((Mask >> (int)CharUnicodeInfo.GetUnicodeCategory(codePoint)) & 1) != 0;

        public override void Paint(Span<ulong> plane) => PaintEach(plane);
    }

    /// <summary>Unicode's White_Space.</summary>
    internal sealed record Space : CharClass
    {
        public override bool Contains(int codePoint) => codePoint < 0x10000 && char.IsWhiteSpace((char)codePoint);

        public override void Paint(Span<ulong> plane) => PaintEach(plane);
    }

    internal sealed record Not(CharClass Inner) : CharClass
    {
        public override bool Contains(int codePoint) => !Inner.Contains(codePoint);

        public override void Paint(Span<ulong> plane)
        {
            var inner = new ulong[PlaneWords];
            Inner.Paint(inner);
            for (var i = 0; i < PlaneWords; i++)
            {
                plane[i] |= ~inner[i];
            }
        }
    }

    internal sealed record Either(CharClass Left, CharClass Right) : CharClass
    {
        public override bool Contains(int codePoint) => Left.Contains(codePoint) || Right.Contains(codePoint);

        public override void Paint(Span<ulong> plane)
        {
            Left.Paint(plane);
            Right.Paint(plane);
        }
    }

    internal sealed record Both(CharClass Left, CharClass Right) : CharClass
    {
        public override bool Contains(int codePoint) => Left.Contains(codePoint) && Right.Contains(codePoint);

        public override void Paint(Span<ulong> plane)
        {
            var left = new ulong[PlaneWords];
            var right = new ulong[PlaneWords];
            Left.Paint(left);
            Right.Paint(right);
            for (var i = 0; i < PlaneWords; i++)
            {
                plane[i] |= left[i] & right[i];
            }
        }
    }

    /// <summary>Any character that differs from a member of the inner class in case alone.</summary>
    internal sealed record AnyCase(CharClass Inner) : CharClass
    {
        public override bool Contains(int codePoint) =>
            Inner.Contains(codePoint) || Inner.Contains(CaseVariants.Lower(codePoint))
                || Inner.Contains(CaseVariants.Upper(codePoint));

        public override void Paint(Span<ulong> plane)
        {
            var inner = new ulong[PlaneWords];
            Inner.Paint(inner);
            for (var c = 0; c < 0x10000; c++)
            {
                if (Has(inner, c) || Has(inner, CaseVariants.Lower(c)) || Has(inner, CaseVariants.Upper(c)))
                {
                    Set(plane, c);
                }
            }
        }

        private static bool Has(ulong[] plane, int c) => c < 0x10000 && ((plane[c >> 6] >> (c & 63)) & 1) != 0;
    }

    private protected void PaintEach(Span<ulong> plane)
    {
        for (var c = 0; c < 0x10000; c++)
        {
            if (Contains(c))
            {
                Set(plane, c);
            }
        }
    }
}
