using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Uds;

/// <summary>The exchange through our Unix-socket transport, client and listener in a process each.</summary>
internal sealed class FramesCall : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => "frames over a Unix socket";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(OpenedUds.Serve(scope, BenchEngine.Immediate()));

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var opened = OpenedUds.Create(await scope.ServeAsync(this, cancellationToken));
        for (var i = 0; i < FramesExchange.WarmUp; i++)
            await FramesExchange.RunAsync(opened.Backend, cancellationToken);
        return new Probe(scope.Clock, opened);
    }

    private sealed class Probe(TimeProvider clock, OpenedUds opened) : AsyncProbe(clock)
    {
        public override ValueTask DisposeAsync() => opened.DisposeAsync();

        // No token: its registration would be measured too. The peer's death ends the waiting.
        protected override ValueTask OperateAsync(CancellationToken cancellationToken) =>
            FramesExchange.RunAsync(opened.Backend, CancellationToken.None);
    }
}
