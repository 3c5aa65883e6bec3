using System.Globalization;
using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Sidecar;

/// <summary>
/// What a token costs the sidecar: one STEP frame for a step of all streams, measured in its own interpreter.
/// </summary>
internal sealed class FrameEgress : ISubject
{
    /// <inheritdoc/>
    public string Name => "one STEP frame per step from the sidecar";

    /// <inheritdoc/>
    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var script = scope.StartSidecar(
            "frame_egress.py", SseEgress.Streams.ToString(CultureInfo.InvariantCulture));
        return Task.FromResult<IProbe>(new ScriptProbe(script));
    }
}
