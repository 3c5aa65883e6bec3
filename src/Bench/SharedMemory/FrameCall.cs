using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>512 ids in and 100 out through the public contract, over shared memory that never spins.</summary>
internal sealed class FrameCall : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => "shared memory, public contract, parked";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        OpenedFrames.Serve(path, TimeSpan.Zero);
        return Task.FromResult(path);
    }

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var path = await scope.ServeAsync(this, cancellationToken);
        return new Probe(
            scope.Clock, await OpenedFrames.CreateAsync(path, TimeSpan.Zero, listener: null, cancellationToken));
    }

    private sealed class Probe(TimeProvider clock, OpenedFrames opened) : AsyncProbe(clock)
    {
        public override ValueTask DisposeAsync() => opened.DisposeAsync();

        protected override ValueTask OperateAsync(CancellationToken cancellationToken) =>
            IdBackend.ReadAsync(opened.Backend, IdBackend.Request, CancellationToken.None);

        protected override void Abort() => _ = opened.DisposeAsync().AsTask();
    }
}
