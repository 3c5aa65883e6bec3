using ThemisBridge.Tokenization.Vocabularies.Bpe;

namespace ThemisBridge.Tokenization.Vocabularies.Splitting;

/// <summary>
/// Cuts text into pieces step by step and hands every piece to the model as soon as it is cut: a piece of one step goes
/// through the later steps before the next one is looked for, so nothing is listed.
/// </summary>
/// <param name="steps">The steps in order; may be none.</param>
/// <param name="model">Takes the pieces.</param>
internal sealed class TextSplitter(IReadOnlyList<SplitStep> steps, BpeModel model)
{
    public void Split(ReadOnlySpan<char> text, EncodeRun run)
    {
        if (!text.IsEmpty)
        {
            Split(text, run, 0);
        }
    }

    private void Split(ReadOnlySpan<char> text, EncodeRun run, int index)
    {
        if (index == steps.Count)
        {
            model.Encode(text, run);
            return;
        }

        var step = steps[index];
        var joiner = new Joiner(step.Behavior);
        var position = 0;
        while (position < text.Length)
        {
            if (!run.Patterns.Find(step.Pattern, text, position, out var start, out var end))
            {
                start = end = text.Length;
            }

            if (start > position && joiner.Add(position, start, step.IsInverted, out var before))
            {
                Split(text[before], run, index + 1);
            }

            if (end > start && joiner.Add(start, end, !step.IsInverted, out var match))
            {
                Split(text[match], run, index + 1);
            }

            position = end;
        }

        if (joiner.Last(out var last))
        {
            Split(text[last], run, index + 1);
        }
    }

    /// <summary>Joins matches to their neighbours as the behavior says. Holds back one piece at most.</summary>
    private struct Joiner(SplitBehavior behavior)
    {
        private int _start;
        private int _end;
        private bool _isMatch;
        private bool _holds;

        /// <summary>Takes the next stretch of text; gives back the piece before it once that is complete.</summary>
        public bool Add(int start, int end, bool isMatch, out Range piece)
        {
            piece = _start.._end;
            if (behavior == SplitBehavior.Removed && isMatch)
            {
                var held = _holds;
                _holds = false;
                return held;
            }

            var joins = _holds && behavior switch
            {
                SplitBehavior.Contiguous => isMatch == _isMatch,
                SplitBehavior.MergedWithPrevious => isMatch && !_isMatch,
                SplitBehavior.MergedWithNext => _isMatch && !isMatch,
                _ => false,
            };
            var complete = _holds && !joins;
            _start = joins ? _start : start;
            _end = end;
            _isMatch = isMatch;
            _holds = true;
            return complete;
        }

        public readonly bool Last(out Range piece)
        {
            piece = _start.._end;
            return _holds;
        }
    }
}
