using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Core.Routing;

/// <summary>
/// The backends that may answer for one model: engines in route order, each with its ladder in order. Choosing
/// allocates
/// nothing.
/// </summary>
internal sealed class Route(string model, Candidate[] candidates)
{
    /// <summary>The most backends of a route: one bit each in the set of those already tried.</summary>
    public const int MaxCandidates = 64;

    public string Model { get; } = model;

    public Candidate[] Candidates { get; } = candidates;

    /// <summary>
    /// The first backend that is able, not tried yet and not resting; else the first that is able and not tried. Marks
    /// it as tried. Null when none is left.
    /// </summary>
    public Candidate? Next(BackendFeatures required, ref ulong tried) =>
        Next(required, ref tried, restingToo: false) ?? Next(required, ref tried, restingToo: true);

    /// <summary>Whether <see cref="Next(BackendFeatures, ref ulong)"/> would find one more.</summary>
    public bool HasNext(BackendFeatures required, ulong tried)
    {
        for (int i = 0; i < Candidates.Length; i++)
        {
            if ((tried & (1UL << i)) == 0 && IsAble(Candidates[i], required))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The abilities that no backend lacks less of: what to name when none is able.</summary>
    public BackendFeatures ClosestMissing(BackendFeatures required)
    {
        BackendFeatures closest = required;
        foreach (Candidate candidate in Candidates)
        {
            BackendFeatures missing = required & ~candidate.Entry.Descriptor.Capabilities.Features;
            if (ulong.PopCount((ulong)missing) < ulong.PopCount((ulong)closest))
            {
                closest = missing;
            }
        }

        return closest;
    }

    private Candidate? Next(BackendFeatures required, ref ulong tried, bool restingToo)
    {
        for (int i = 0; i < Candidates.Length; i++)
        {
            Candidate candidate = Candidates[i];
            if ((tried & (1UL << i)) == 0 && IsAble(candidate, required)
                && (restingToo || candidate.Entry.Health.TryEnter()))
            {
                tried |= 1UL << i;
                return candidate;
            }
        }

        return null;
    }

    private static bool IsAble(Candidate candidate, BackendFeatures required) =>
        (candidate.Entry.Descriptor.Capabilities.Features & required) == required;
}
