using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Http;

/// <summary>
/// A completion through our HTTP transport over TCP, against a Kestrel that always answers with the same JSON.
/// </summary>
internal sealed class CompletionCall : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => "HTTP completion";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken) =>
        HttpEcho.ServeAsync(scope, overUnixSocket: false, Completion.Answer, cancellationToken);

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        new Probe(scope.Clock, OpenedBackend.Create(await scope.ServeAsync(this, cancellationToken)));

    private sealed class Probe(TimeProvider clock, OpenedBackend opened) : AsyncProbe(clock)
    {
        public override ValueTask DisposeAsync() => opened.DisposeAsync();

        protected override ValueTask OperateAsync(CancellationToken cancellationToken) =>
            Completion.RunAsync(opened.Backend, cancellationToken);
    }
}
