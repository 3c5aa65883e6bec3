using System.Diagnostics;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Uds.Tests.Faults;

/// <summary>What the tests that kill processes share.</summary>
internal static class Kills
{
    /// <summary>How long anything may take before it counts as hung.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    /// <summary>How many processes each side loses.</summary>
    public static int Rounds { get; } = Environment.GetEnvironmentVariable("THEMIS_TEST_LONG") == "1" ? 1000 : 100;

    public static InferenceRequest Request(int priority) => new()
    {
        Model = "m",
        Prompt = new TokenPrompt(new[] { 1 }),
        Priority = priority,
        Output = OutputParts.TokenIds,
    };

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, "waited in vain");
            await Task.Delay(
                TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
