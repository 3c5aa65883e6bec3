namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>vLLM's <c>repetition_detection</c>.</summary>
/// <param name="MaxPatternSize">The longest pattern looked for, in tokens.</param>
/// <param name="MinCount">How often it must follow itself.</param>
internal sealed record RepetitionRule(int MaxPatternSize, int MinCount)
{
    /// <summary>Whether the ids end with a pattern that repeats itself.</summary>
    public bool Matches(IReadOnlyList<int> ids)
    {
        for (int size = 1; size <= MaxPatternSize; size++)
        {
            int length = size * MinCount;
            bool repeats = ids.Count >= length;
            for (int i = ids.Count - length; repeats && i < ids.Count - size; i++)
            {
                repeats = ids[i] == ids[i + size];
            }

            if (repeats)
            {
                return true;
            }
        }

        return false;
    }
}
