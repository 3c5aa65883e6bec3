using System.Globalization;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Bench;

/// <summary>What <see cref="BenchOptions"/> must obey.</summary>
internal static class OptionRules
{
    private const int MaxBlocks = 1_000;
    private const int MaxOps = 1_000_000;

    /// <summary>Refuses what cannot be run.</summary>
    /// <exception cref="BridgeException">The message names the option.</exception>
    public static void Check(BenchOptions options, IReadOnlyList<IScenario> scenarios)
    {
        if (!OperatingSystem.IsLinux())
            throw Refusal.Unsupported("bench", "transports", "The transports can be measured on Linux only.");
        if (options.Blocks is { } blocks
            && (blocks < BlockPlan.LeastCycles * 2 || blocks > MaxBlocks || blocks % 2 != 0))
        {
            throw Invalid("blocks", $"blocks is {blocks}; it is an even number of 4 to {MaxBlocks}.");
        }
        if (options.OpsPerBlock is < BlockPlan.LeastOps or > MaxOps)
            throw Invalid("ops", $"ops is {options.OpsPerBlock}; it is a number of {BlockPlan.LeastOps} to {MaxOps}.");
        if (options.Placements.Any(placement => placement == Placement.Single || !Enum.IsDefined(placement)))
            throw Invalid("placement", $"A placement is packed, spread or free.");

        foreach (var id in options.Only)
        {
            if (!scenarios.Any(scenario => scenario.Info.Id.Equals(id, StringComparison.OrdinalIgnoreCase)))
            {
                var known = string.Join(", ", scenarios.Select(scenario => scenario.Info.Id));
                throw Invalid("only", $"No scenario is called {id}; there are {known}.");
            }
        }
        if (options.JsonPath is { } path && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
            throw Invalid("json", $"The folder of {path} does not exist; make it first.");
    }

    private static BridgeException Invalid(string option, FormattableString message) =>
        Refusal.InvalidRequest(option, message.ToString(CultureInfo.InvariantCulture));
}
