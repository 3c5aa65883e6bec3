using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Uds;

/// <summary>From an engine's step in the peer to whoever enumerates the answer, over our transport.</summary>
internal sealed class StepNotify : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => "steps over a Unix socket";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(OpenedUds.Serve(scope, new BenchEngine(
            new StepEngine(streams: 1, isStamped: true, TimeProvider.System).AnswerAsync)));

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        new StampedStepProbe(scope.Clock, OpenedUds.Create(await scope.ServeAsync(this, cancellationToken)));
}
