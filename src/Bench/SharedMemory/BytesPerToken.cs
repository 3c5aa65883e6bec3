using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Transports.SharedMemory;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>Managed bytes that a warm client over shared memory allocates; the listener is in the peer.</summary>
internal sealed class BytesPerToken : IPeerSubject
{
    private const int Short = 100;
    private const int Long = 1_100;

    private static readonly TimeSpan Spin = new SharedMemoryOptions().SpinWindow;

    /// <inheritdoc/>
    public string Name => "shared memory's managed bytes";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        OpenedFrames.Serve(path, Spin);
        return Task.FromResult(path);
    }

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        new Probe(await OpenAsync(await scope.ServeAsync(this, cancellationToken), cancellationToken));

    /// <summary>The bytes of a whole request with its short stream: the least of several tries, warm.</summary>
    public async Task<long> MeasureRequestAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        const int Tries = 100;
        await using var opened =
            await OpenAsync(await scope.ServeAsync(this, cancellationToken), cancellationToken);
        var request = IdBackend.Stream(Short);
        var least = long.MaxValue;
        for (var i = 0; i < Tries; i++)
            least = Math.Min(least, await AllocatedAsync(opened, request, cancellationToken));
        return least;
    }

    private static Task<OpenedFrames> OpenAsync(string path, CancellationToken cancellationToken) =>
        OpenedFrames.CreateAsync(path, Spin, listener: null, cancellationToken);

    private static async Task<long> AllocatedAsync(
        OpenedFrames opened, Core.Contracts.InferenceRequest request, CancellationToken cancellationToken)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await IdBackend.ReadAsync(opened.Backend, request, cancellationToken);
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    private sealed class Probe(OpenedFrames opened) : IProbe
    {
        private readonly Core.Contracts.InferenceRequest _short = IdBackend.Stream(Short);
        private readonly Core.Contracts.InferenceRequest _long = IdBackend.Stream(Long);

        public ValueTask DisposeAsync() => opened.DisposeAsync();

        public async Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken)
        {
            // What a stream costs as a whole cancels out between a long and a short one.
            for (var i = 0; i < samples.Length; i++)
            {
                var whole = await AllocatedAsync(opened, _long, cancellationToken);
                var start = await AllocatedAsync(opened, _short, cancellationToken);
                samples.Span[i] = Math.Max(0, whole - start) / (double)(Long - Short);
            }
        }
    }
}
