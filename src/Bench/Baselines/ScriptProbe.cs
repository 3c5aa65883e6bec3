using System.Globalization;
using System.Text.Json;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;

namespace ThemisBridge.Bench.Baselines;

/// <summary>A script that measures itself: asked for a block, it answers with the cost of each operation.</summary>
/// <param name="script">The scope owns its process.</param>
internal sealed class ScriptProbe(ChildProcess script) : IProbe
{
    /// <inheritdoc/>
    public async Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken)
    {
        var line = await script.AskAsync(
            string.Create(CultureInfo.InvariantCulture, $"block {samples.Length}"), cancellationToken);
        using var costs = JsonDocument.Parse(line);
        if (costs.RootElement.GetArrayLength() != samples.Length)
            throw new IOException("the script answered with another number of costs");
        var i = 0;
        foreach (var cost in costs.RootElement.EnumerateArray())
            samples.Span[i++] = cost.GetDouble();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
