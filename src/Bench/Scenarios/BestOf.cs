using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>
/// The best of several subjects where the row is measured: every block runs all of them, and is the block of the one
/// whose median is lowest. For costs.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="candidates">Among which.</param>
internal sealed class BestOf(string name, params IReadOnlyList<ISubject> candidates) : ISubject
{
    /// <inheritdoc/>
    public string Name => name;

    /// <summary>Among which.</summary>
    public IReadOnlyList<ISubject> Candidates => candidates;

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var probes = new List<IProbe>();
        foreach (var candidate in candidates)
            probes.Add(await candidate.OpenAsync(scope, cancellationToken));
        return new Probe(candidates, probes);
    }

    private sealed class Probe(IReadOnlyList<ISubject> candidates, List<IProbe> probes) : IProbe
    {
        private readonly int[] _wins = new int[probes.Count];

        public IReadOnlyList<string> Notes => [$"was mostly: {candidates[Array.IndexOf(_wins, _wins.Max())].Name}"];

        public async ValueTask DisposeAsync()
        {
            foreach (var probe in probes)
                await probe.DisposeAsync();
        }

        public async Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken)
        {
            var blocks = new double[probes.Count][];
            for (var i = 0; i < blocks.Length; i++)
            {
                blocks[i] = new double[samples.Length];
                await probes[i].RunBlockAsync(blocks[i], cancellationToken);
            }
            var medians = Array.ConvertAll(blocks, Quantile.Median);
            var best = Array.IndexOf(medians, medians.Min());
            _wins[best]++;
            blocks[best].CopyTo(samples);
        }
    }
}
