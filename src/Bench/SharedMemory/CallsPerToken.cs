using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Transports.SharedMemory;
using ThemisBridge.Transports.SharedMemory.Kernel;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>
/// Futex calls of both sides per token of one stream, counted where they are made; a warm channel makes no other call
/// to the kernel. Both sides are in this process, each with its own threads.
/// </summary>
internal sealed class CallsPerToken : ISubject
{
    private const int Tokens = 400;

    /// <inheritdoc/>
    public string Name => "shared memory's futex calls";

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        var spin = new SharedMemoryOptions().SpinWindow;
        var listener = OpenedFrames.Serve(path, spin);
        return new Probe(await OpenedFrames.CreateAsync(path, spin, listener, cancellationToken));
    }

    private sealed class Probe(OpenedFrames opened) : IProbe
    {
        public ValueTask DisposeAsync() => opened.DisposeAsync();

        public async Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken)
        {
            for (var i = 0; i < samples.Length; i++)
            {
                var before = Futex.Calls;
                await IdBackend.ReadAsync(opened.Backend, IdBackend.Stream(Tokens), cancellationToken);
                samples.Span[i] = (double)(Futex.Calls - before) / Tokens;
            }
        }
    }
}
