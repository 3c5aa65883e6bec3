using ThemisBridge.Core.Contracts;
using ThemisBridge.NativeFallback.Internal.Prompts;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>
/// The logarithms of probability at one place of the output, from the model's own logits: before bias, penalties and
/// temperature, as vLLM reports them.
/// </summary>
internal sealed class LogprobReader
{
    private readonly double _normaliser;
    private readonly (int Id, float Logit)[] _top;

    /// <summary>Reads what has to be known before a token is chosen.</summary>
    /// <param name="logits">One per token of the vocabulary.</param>
    /// <param name="top">How many of the likeliest tokens to report.</param>
    public LogprobReader(ReadOnlySpan<float> logits, int top)
    {
        float largest = float.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        _normaliser = largest + Math.Log(sum);
        _top = Likeliest(logits, top);
    }

    /// <summary>The entry of the chosen token.</summary>
    public TokenLogprob Of(int id, float logit, Vocabulary vocabulary) => Entry(id, logit, vocabulary) with
    {
        Top = [.. _top.Select(other => Entry(other.Id, other.Logit, vocabulary))],
    };

    private TokenLogprob Entry(int id, float logit, Vocabulary vocabulary) =>
        new(id, vocabulary.TextOf(id), (float)(logit - _normaliser));

    private static (int Id, float Logit)[] Likeliest(ReadOnlySpan<float> logits, int count)
    {
        PriorityQueue<int, float> kept = new(count + 1);
        for (int id = 0; id < logits.Length && count > 0; id++)
        {
            if (kept.Count < count)
            {
                kept.Enqueue(id, logits[id]);
            }
            else if (logits[id] > logits[kept.Peek()])
            {
                kept.DequeueEnqueue(id, logits[id]);
            }
        }

        (int Id, float Logit)[] best = new (int, float)[kept.Count];
        for (int i = best.Length - 1; i >= 0; i--)
        {
            int id = kept.Dequeue();
            best[i] = (id, logits[id]);
        }

        return best;
    }
}
