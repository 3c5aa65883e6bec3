using System.Globalization;

namespace ThemisBridge.Benchmarks.Ratio;

/// <summary>
/// Runs scenarios in blocks of baseline, candidate, candidate, baseline, so that drift of the machine falls on both
/// sides alike, and reports the median of the blocks' ratios.
/// </summary>
internal static class RatioRun
{
    /// <summary>Runs them; 1 when a limit is missed.</summary>
    public static async Task<int> RunAsync(IEnumerable<IRatioScenario> scenarios)
    {
        int exit = 0;
        foreach (IRatioScenario scenario in scenarios)
        {
            await using (scenario)
            {
                exit |= await RunAsync(scenario) ? 0 : 1;
            }
        }

        return exit;
    }

    private static async Task<bool> RunAsync(IRatioScenario scenario)
    {
        await scenario.SetUpAsync();
        int warm = Math.Max(1, scenario.Blocks / 5);
        List<double> ratios = [];
        List<double> selves = [];
        List<double> baselines = [];
        List<double> candidates = [];
        for (int i = -warm; i < scenario.Blocks; i++)
        {
            Round first = await scenario.BaselineAsync();
            Round ours = await scenario.CandidateAsync();
            Round again = await scenario.CandidateAsync();
            Round second = await scenario.BaselineAsync();
            if (first.Work != ours.Work || again.Work != second.Work)
            {
                throw new InvalidOperationException($"{scenario.Name}: both sides did not do the same work.");
            }

            if (i >= 0)
            {
                ratios.Add((ours.Seconds + again.Seconds) / (first.Seconds + second.Seconds));
                selves.Add(first.Seconds / second.Seconds);
                baselines.AddRange([first.Seconds, second.Seconds]);
                candidates.AddRange([ours.Seconds, again.Seconds]);
            }
        }

        double ratio = Median(ratios);
        bool isMet = ratio <= scenario.Limit;
#pragma warning disable RS0030 // A benchmark program talks to the terminal.
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{scenario.Name}: ratio {ratio:0.000} (limit {scenario.Limit:0.000}, {(isMet ? "met" : "MISSED")}), "
            + $"baseline {Median(baselines) * 1e3:0.000} ms, ours {Median(candidates) * 1e3:0.000} ms a round, "
            + $"baseline against itself {Median(selves):0.000}"));
#pragma warning restore RS0030
        return isMet;
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
