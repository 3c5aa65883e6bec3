namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>A pattern ready to run: a list of steps, the first of them where a match starts. Immutable.</summary>
internal sealed class PatternProgram
{
    private const int MaxSteps = 20_000;
    private const int MaxPlanes = 64;

    private readonly List<PatternStep> _steps = [];
    private readonly Dictionary<CharClass, CharSet> _sets = [];
    private int _planes;

    private PatternProgram(PatternNode node)
    {
        if (node.CanBeEmpty)
        {
            throw new FormatException("the pattern can match nothing at all");
        }

        First = node.First is { } first ? SetOf(first, isLiteral: false) : null;
        Emit(node);
        Add(new PatternStep(PatternOp.Accept));
        Steps = [.. _steps];
    }

    public PatternStep[] Steps { get; }

    /// <summary>What a match can start with, or null when not known.</summary>
    public CharSet? First { get; }

    /// <exception cref="FormatException">The pattern is broken, too large, or not supported.</exception>
    public static PatternProgram Compile(string pattern) => new(PatternParser.Parse(pattern));

    private void Emit(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One one:
                Add(new PatternStep(PatternOp.One, Set: SetOf(one.Class, one.IsLiteral)));
                break;
            case PatternNode.Sequence sequence:
                foreach (var part in sequence.Parts)
                {
                    Emit(part);
                }

                break;
            case PatternNode.Alternation alternation:
                EmitAlternation(alternation);
                break;
            case PatternNode.Repeat repeat:
                EmitRepeat(repeat);
                break;
            case PatternNode.LineEnd:
                Add(new PatternStep(PatternOp.LineEnd));
                break;
            case PatternNode.LookAhead look:
                EmitNested(look.IsNegative ? PatternOp.NotAhead : PatternOp.LookAhead, look.Inner);
                break;
        }
    }

    private void EmitAlternation(PatternNode.Alternation alternation)
    {
        var ends = new List<int>();
        for (var i = 0; i < alternation.Branches.Count - 1; i++)
        {
            var branch = alternation.Branches[i];
            var split = Add(default);
            Emit(branch);
            ends.Add(Add(default));
            var filter = branch.CanBeEmpty ? null : branch.First;
            _steps[split] = new PatternStep(
                PatternOp.Split, split + 1, _steps.Count, filter is null ? null : SetOf(filter, isLiteral: false));
        }

        Emit(alternation.Branches[^1]);
        foreach (var end in ends)
        {
            _steps[end] = new PatternStep(PatternOp.Jump, _steps.Count);
        }
    }

    private void EmitRepeat(PatternNode.Repeat repeat)
    {
        if (repeat is { Inner: PatternNode.One one, Kind: not RepeatKind.Lazy })
        {
            var op = repeat.Kind == RepeatKind.Greedy ? PatternOp.ManyGreedy : PatternOp.ManyPossessive;
            var max = repeat.Max < 0 ? int.MaxValue : repeat.Max;
            Add(new PatternStep(op, repeat.Min, max, SetOf(one.Class, one.IsLiteral)));
        }
        else if (repeat.Kind == RepeatKind.Possessive)
        {
            EmitNested(PatternOp.Atomic, repeat with { Kind = RepeatKind.Greedy });
        }
        else
        {
            EmitUnrolled(repeat);
        }
    }

    private void EmitUnrolled(PatternNode.Repeat repeat)
    {
        for (var i = 0; i < repeat.Min; i++)
        {
            Emit(repeat.Inner);
        }

        if (repeat.Max < 0)
        {
            var split = Add(default);
            Emit(repeat.Inner);
            Add(new PatternStep(PatternOp.Jump, split));
            _steps[split] = Choice(repeat.Kind, split);
            return;
        }

        var splits = new List<int>();
        for (var i = repeat.Min; i < repeat.Max; i++)
        {
            splits.Add(Add(default));
            Emit(repeat.Inner);
        }

        foreach (var split in splits)
        {
            _steps[split] = Choice(repeat.Kind, split);
        }
    }

    /// <summary>Between one more round, which starts after the split, and going on at the end as it is now.</summary>
    private PatternStep Choice(RepeatKind kind, int split) => kind == RepeatKind.Lazy
        ? new PatternStep(PatternOp.Split, _steps.Count, split + 1)
        : new PatternStep(PatternOp.Split, split + 1, _steps.Count);

    private void EmitNested(PatternOp op, PatternNode inner)
    {
        var start = Add(default);
        Emit(inner);
        Add(new PatternStep(PatternOp.Accept));
        _steps[start] = new PatternStep(op, _steps.Count);
    }

    private int Add(PatternStep step)
    {
        if (_steps.Count >= MaxSteps)
        {
            throw new FormatException("the pattern is too large");
        }

        _steps.Add(step);
        return _steps.Count - 1;
    }

    private CharSet SetOf(CharClass @class, bool isLiteral)
    {
        if (!_sets.TryGetValue(@class, out var set))
        {
            var withPlane = !isLiteral && _planes < MaxPlanes;
            _planes += withPlane ? 1 : 0;
            set = new CharSet(@class, withPlane);
            _sets.Add(@class, set);
        }

        return set;
    }
}
