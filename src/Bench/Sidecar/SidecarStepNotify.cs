using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Bench.Uds;

namespace ThemisBridge.Bench.Sidecar;

/// <summary>From a step on the sidecar's event loop to whoever enumerates the answer in .NET.</summary>
internal sealed class SidecarStepNotify : ISubject
{
    /// <inheritdoc/>
    public string Name => "steps of the sidecar over a Unix socket";

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        var sidecar = scope.StartSidecar("stamped_steps.py", NotifyProbe.GapSeconds, path);
        await sidecar.ReadAsync(cancellationToken);
        return new StampedStepProbe(scope.Clock, OpenedUds.Create(path));
    }
}
