using ThemisBridge.Core.Failures;

namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>
/// Runs programs over texts: backtracking with a stack of its own and a budget of steps, so that no pattern from a
/// file can hold a thread. For one thread at a time; keep it to reuse its stack.
/// </summary>
internal sealed class PatternRun
{
    /// <summary>What ordinary patterns need per character is below ten.</summary>
    private const int StepsPerCharacter = 256;

    private const int SpareSteps = 1_000_000;

    /// <summary>The most choices that wait to be taken back: 12 MB.</summary>
    private const int MaxFrames = 1 << 20;

    private Frame[] _frames = new Frame[64];
    private int _count;
    private long _stepsLeft;

    /// <summary>The choices that it has room for.</summary>
    public int Capacity => _frames.Length;

    /// <summary>Gives the run a budget for a text.</summary>
    public void Allow(int textLength) => _stepsLeft = ((long)textLength * StepsPerCharacter) + SpareSteps;

    /// <summary>The first match at or after a position.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Find(PatternProgram program, ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        for (start = from; start < text.Length; start += IsPair(text, start) ? 2 : 1)
        {
            if (program.First is { } first && first.MatchLength(text, start) == 0)
            {
                continue;
            }

            _count = 0;
            end = Match(program.Steps, text, 0, start);
            if (end >= 0)
            {
                return true;
            }
        }

        end = -1;
        return false;
    }

    /// <summary>The end of the match of the steps at a position, or -1.</summary>
    private int Match(PatternStep[] steps, ReadOnlySpan<char> text, int pc, int position)
    {
        var bottom = _count;
        while (true)
        {
            if (--_stepsLeft < 0)
            {
                throw TooMuch();
            }

            ref readonly var step = ref steps[pc];
            var fits = true;
            switch (step.Op)
            {
                case PatternOp.One:
                    var length = step.Set!.MatchLength(text, position);
                    fits = length > 0;
                    position += length;
                    pc++;
                    break;
                case PatternOp.ManyGreedy or PatternOp.ManyPossessive:
                    fits = TakeMany(in step, text, ref position, pc);
                    pc++;
                    break;
                case PatternOp.Split when step.Set is { } set && set.MatchLength(text, position) == 0:
                    pc = step.B;
                    break;
                case PatternOp.Split:
                    Push(new Frame(step.B, position, -1));
                    pc = step.A;
                    break;
                case PatternOp.Jump:
                    pc = step.A;
                    break;
                case PatternOp.LookAhead or PatternOp.NotAhead:
                    fits = Match(steps, text, pc + 1, position) >= 0 == (step.Op == PatternOp.LookAhead);
                    pc = step.A;
                    break;
                case PatternOp.Atomic:
                    var end = Match(steps, text, pc + 1, position);
                    fits = end >= 0;
                    position = end;
                    pc = step.A;
                    break;
                case PatternOp.LineEnd:
                    fits = position == text.Length || text[position] == '\n';
                    pc++;
                    break;
                case PatternOp.Accept:
                    _count = bottom;
                    return position;
            }

            if (!fits && !Pop(text, bottom, out pc, out position))
            {
                return -1;
            }
        }
    }

    private bool TakeMany(in PatternStep step, ReadOnlySpan<char> text, ref int position, int pc)
    {
        var times = 0;
        var least = position;
        while (times < step.B)
        {
            var length = step.Set!.MatchLength(text, position);
            if (length == 0)
            {
                break;
            }

            position += length;
            if (++times == step.A)
            {
                least = position;
            }
        }

        _stepsLeft -= times;
        if (times > step.A && step.Op == PatternOp.ManyGreedy)
        {
            Push(new Frame(pc + 1, position, least));
        }

        return times >= step.A;
    }

    private void Push(Frame frame)
    {
        if (_count == _frames.Length)
        {
            Array.Resize(ref _frames, _count < MaxFrames ? _count * 2 : throw TooMuch());
        }

        _frames[_count++] = frame;
    }

    private static BridgeException TooMuch() => new(BridgeFailure.LimitExceeded, FailureStage.Admit,
        "The vocabulary's split pattern takes too many steps on this text; use another tokenizer.json.");

    /// <summary>
    /// Goes back to the last choice; a repetition gives one character back and stays a choice if it can.
    /// </summary>
    private bool Pop(ReadOnlySpan<char> text, int bottom, out int pc, out int position)
    {
        if (_count == bottom)
        {
            (pc, position) = (0, 0);
            return false;
        }

        ref var frame = ref _frames[_count - 1];
        pc = frame.Pc;
        position = frame.Position;
        if (frame.Least < 0)
        {
            _count--;
            return true;
        }

        position -= position >= 2 && IsPair(text, position - 2) && position - 2 >= frame.Least ? 2 : 1;
        frame.Position = position;
        if (position <= frame.Least)
        {
            _count--;
        }

        return true;
    }

    private static bool IsPair(ReadOnlySpan<char> text, int position) =>
        position + 1 < text.Length && char.IsSurrogatePair(text[position], text[position + 1]);

    /// <param name="Pc">Where to go on.</param>
    /// <param name="Position">From which character.</param>
    /// <param name="Least">For a repetition, the position below which it gives nothing back; else -1.</param>
    private record struct Frame(int Pc, int Position, int Least);
}
