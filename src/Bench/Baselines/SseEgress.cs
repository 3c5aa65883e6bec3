using System.Globalization;
using System.Text.Json;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// What a token costs a Python server that writes one server-sent event per token, at 64 live streams.
/// </summary>
internal sealed class SseEgress : ISubject
{
    private const int Streams = 64;

    /// <inheritdoc/>
    public string Name => "json.dumps and send per token in Python";

    /// <inheritdoc/>
    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var script = scope.StartPython("sse_egress.py", Streams.ToString(CultureInfo.InvariantCulture));
        return Task.FromResult<IProbe>(new Probe(script));
    }

    /// <summary>The script measures; the scope owns its process.</summary>
    private sealed class Probe(ChildProcess script) : IProbe
    {
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

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
