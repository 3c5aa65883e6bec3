namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>A parsed piece of a pattern.</summary>
internal abstract record PatternNode
{
    /// <summary>Whether it can match no characters at all.</summary>
    public abstract bool CanBeEmpty { get; }

    /// <summary>What its first character can be, or null when not known.</summary>
    public abstract CharClass? First { get; }

    /// <summary>One character of a class.</summary>
    internal sealed record One(CharClass Class, bool IsLiteral) : PatternNode
    {
        public override bool CanBeEmpty => false;

        public override CharClass? First => Class;
    }

    internal sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode
    {
        public override bool CanBeEmpty => Parts.All(part => part.CanBeEmpty);

        public override CharClass? First
        {
            get
            {
                var firsts = new List<CharClass>();
                foreach (var part in Parts)
                {
                    if (part.First is not { } first)
                    {
                        return null;
                    }

                    firsts.Add(first);
                    if (!part.CanBeEmpty)
                    {
                        return CharClass.Union(firsts);
                    }
                }

                return null;
            }
        }
    }

    internal sealed record Alternation(IReadOnlyList<PatternNode> Branches) : PatternNode
    {
        public override bool CanBeEmpty => Branches.Any(branch => branch.CanBeEmpty);

        public override CharClass? First
        {
            get
            {
                var firsts = Branches.Select(branch => branch.CanBeEmpty ? null : branch.First).ToList();
                return firsts.Contains(null) ? null : CharClass.Union(firsts!);
            }
        }
    }

    /// <param name="Inner">What is repeated; never possibly empty.</param>
    /// <param name="Min">The fewest times.</param>
    /// <param name="Max">The most times, or -1 for any number.</param>
    /// <param name="Kind">Whether it gives back.</param>
    internal sealed record Repeat(PatternNode Inner, int Min, int Max, RepeatKind Kind) : PatternNode
    {
        public override bool CanBeEmpty => Min == 0;

        public override CharClass? First => Inner.First;
    }

    /// <summary>A condition on what follows; matches no characters itself.</summary>
    internal sealed record LookAhead(PatternNode Inner, bool IsNegative) : PatternNode
    {
        public override bool CanBeEmpty => true;

        public override CharClass? First => null;
    }

    /// <summary>The end of a line or of the text; matches no characters itself.</summary>
    internal sealed record LineEnd : PatternNode
    {
        public override bool CanBeEmpty => true;

        public override CharClass? First => null;
    }
}
