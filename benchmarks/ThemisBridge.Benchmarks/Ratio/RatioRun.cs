using System.Diagnostics;
using System.Globalization;

namespace ThemisBridge.Benchmarks.Ratio;

/// <summary>
/// Runs scenarios in blocks of baseline, candidate, candidate, baseline, so that drift of the machine falls on both
/// sides
/// alike, and reports the median of the blocks' ratios.
/// </summary>
internal static class RatioRun
{
    private const int WarmBlocks = 3;
    private const int Blocks = 15;

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
        List<double> ratios = [];
        List<double> selves = [];
        double baseline = 0;
        double candidate = 0;
        for (int i = -WarmBlocks; i < Blocks; i++)
        {
            double first = await TimeAsync(scenario.BaselineAsync);
            double ours = await TimeAsync(scenario.CandidateAsync) + await TimeAsync(scenario.CandidateAsync);
            double second = await TimeAsync(scenario.BaselineAsync);
            if (i >= 0)
            {
                ratios.Add(ours / (first + second));
                selves.Add(first / second);
                baseline += first + second;
                candidate += ours;
            }
        }

        if (await scenario.BaselineAsync() != await scenario.CandidateAsync())
        {
            throw new InvalidOperationException($"{scenario.Name}: both sides did not do the same work.");
        }

        double ratio = Median(ratios);
        bool isMet = ratio <= scenario.Limit;
#pragma warning disable RS0030 // A benchmark program talks to the terminal.
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{scenario.Name}: ratio {ratio:0.000} (limit {scenario.Limit:0.000}, {(isMet ? "met" : "MISSED")}), baseline "
            + $"{baseline / Blocks / 2 * 1e3:0.00} ms, ours {candidate / Blocks / 2 * 1e3:0.00} ms a round, "
            + $"baseline against itself {Median(selves):0.000}"));
#pragma warning restore RS0030
        return isMet;
    }

    private static async Task<double> TimeAsync(Func<Task<long>> round)
    {
        long start = Stopwatch.GetTimestamp();
        await round();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
