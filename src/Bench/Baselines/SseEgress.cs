using System.Globalization;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// What a token costs a Python server that writes one server-sent event per token, at 64 live streams.
/// </summary>
internal sealed class SseEgress : ISubject
{
    /// <summary>How many streams get an event in each step.</summary>
    public const int Streams = 64;

    /// <inheritdoc/>
    public string Name => "json.dumps and send per token in Python";

    /// <inheritdoc/>
    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var script = scope.StartPython("sse_egress.py", Streams.ToString(CultureInfo.InvariantCulture));
        return Task.FromResult<IProbe>(new ScriptProbe(script));
    }
}
