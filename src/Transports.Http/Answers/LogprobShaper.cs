using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Brings probabilities into the contract's form.</summary>
internal static class LogprobShaper
{
    /// <summary>Adds the ids that came beside them, and keeps the best alternatives in order.</summary>
    /// <param name="entries">As the server gave them; changed in place.</param>
    /// <param name="ids">The ids of the same event; used when there is one per entry.</param>
    /// <param name="top">How many alternatives were asked for. vLLM adds the chosen token where it is not among
    /// them.</param>
    public static List<TokenLogprob> Shape(List<TokenLogprob> entries, ReadOnlySpan<int> ids, int top)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            TokenLogprob entry = entries[i];
            int? id = entry.TokenId ?? (ids.Length == entries.Count ? ids[i] : null);
            IReadOnlyList<TokenLogprob> alternatives = entry.Top.Count == 0
                ? entry.Top
                : [.. entry.Top.OrderByDescending(one => one.Logprob).Take(top)];
            entries[i] = entry with { TokenId = id, Top = alternatives };
        }

        return entries;
    }
}
