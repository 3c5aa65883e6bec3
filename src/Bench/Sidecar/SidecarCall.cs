using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Bench.SharedMemory;
using ThemisBridge.Bench.Uds;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.SharedMemory;

namespace ThemisBridge.Bench.Sidecar;

/// <summary>512 ids in and 100 out, through the public contract to the sidecar and back.</summary>
/// <param name="throughMemory">Whether over shared memory, with its default options; else over the socket.</param>
internal sealed class SidecarCall(bool throughMemory) : ISubject
{
    /// <inheritdoc/>
    public string Name => throughMemory ? "the sidecar over shared memory" : "the sidecar over a Unix socket";

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        var sidecar = scope.StartSidecar("answer_at_once.py", throughMemory ? "require" : "off", path);
        await sidecar.ReadAsync(cancellationToken);
        if (!throughMemory)
        {
            var socket = OpenedUds.Create(path);
            return new Probe(scope.Clock, socket, socket.Backend);
        }
        var memory = await OpenedFrames.CreateAsync(
            path, new SharedMemoryOptions().SpinWindow, listener: null, cancellationToken);
        return new Probe(scope.Clock, memory, memory.Backend);
    }

    private sealed class Probe(TimeProvider clock, IAsyncDisposable opened, IInferenceBackend backend)
        : AsyncProbe(clock)
    {
        public override ValueTask DisposeAsync() => opened.DisposeAsync();

        // No token: its registration would be measured too. The peer's death ends the waiting.
        protected override ValueTask OperateAsync(CancellationToken cancellationToken) =>
            IdBackend.ReadAsync(backend, IdBackend.Request, CancellationToken.None);

        protected override void Abort() => _ = opened.DisposeAsync().AsTask();
    }
}
