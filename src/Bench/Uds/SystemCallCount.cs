using System.Globalization;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Uds;

/// <summary>
/// How many system calls a warm request costs on its socket, one request after the other: those that moved bytes, of
/// the side that made more of them. What only waited or found nothing is told beside it.
/// </summary>
internal sealed class SystemCallCount : IPeerSubject
{
    private const int WarmUp = 2_000;
    private const int MostRequests = 10_000;

    /// <summary>Tracing makes every call slow; this fits into a quick run's block.</summary>
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(4);

    /// <inheritdoc/>
    public string Name => "system calls of frames over a Unix socket";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(OpenedUds.Serve(scope, BenchEngine.Immediate()));

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        SystemCallTrace.RequireTool();
        return new Probe(scope, OpenedUds.Create(await scope.ServeAsync(this, cancellationToken)));
    }

    private sealed class Probe(ProbeScope scope, OpenedUds opened) : OnceProbe
    {
        public override ValueTask DisposeAsync() => opened.DisposeAsync();

        protected override async Task<(IReadOnlyList<double> Samples, IReadOnlyList<string> Notes)> MeasureAsync(
            CancellationToken cancellationToken)
        {
            await RunAsync(WarmUp, cancellationToken);
            // This process last: what it starts while it is traced would be traced too, and cannot trace.
            await using var far = await SystemCallTrace.AttachAsync(
                scope.ProcessIds[0], scope.NewPath("calls"), cancellationToken);
            await using var near = await SystemCallTrace.AttachAsync(
                Environment.ProcessId, scope.NewPath("calls"), cancellationToken);
            var count = await RunAsync(MostRequests, cancellationToken);
            var client = await near.EndAsync(cancellationToken);
            var listener = await far.EndAsync(cancellationToken);
            return ([Math.Max(client.Moving, listener.Moving) / (double)count],
            [
                $"{count} requests under strace", Describe("client", client, count), Describe("listener", listener, count),
            ]);
        }

        private static string Describe(string side, SystemCalls calls, double requests) => string.Create(
            CultureInfo.InvariantCulture,
            $"{side} {calls.Moving / requests:0.00} sends and receives, {calls.Empty / requests:0.00} that found nothing, "
                + $"{calls.Polls / requests:0.00} epoll, {calls.Futexes / requests:0.00} futex");

        private async Task<int> RunAsync(int most, CancellationToken cancellationToken)
        {
            var start = scope.Clock.GetTimestamp();
            var count = 0;
            while (count < most && scope.Clock.GetElapsedTime(start) < Time)
            {
                await FramesExchange.RunAsync(opened.Backend, CancellationToken.None);
                cancellationToken.ThrowIfCancellationRequested();
                count++;
            }
            return count;
        }
    }
}
