using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Uds;

/// <summary>Times each step of a generation whose ids are the moments of its steps.</summary>
/// <param name="clock">The clock of those moments.</param>
/// <param name="opened">The way to the engine; disposed with this.</param>
internal sealed class StampedStepProbe(TimeProvider clock, OpenedUds opened) : IProbe
{
    /// <inheritdoc/>
    public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) =>
        Task.Run(() => RunBlockCoreAsync(samples, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => opened.DisposeAsync();

    private async Task RunBlockCoreAsync(Memory<double> samples, CancellationToken cancellationToken)
    {
        var request = FramesExchange.Request with
        {
            Sampling = FramesExchange.Request.Sampling with { MaxTokens = samples.Length },
        };
        var got = 0;
        await foreach (var chunk in opened.Backend.GenerateAsync(request, cancellationToken))
        {
            // A consumer that is late gets several steps as one chunk, each two ids long.
            var now = clock.GetTimestamp();
            for (var i = 0; i < chunk.TokenIds.Length; i += 2)
                samples.Span[got++] = (now - StepEngine.MomentOf(chunk.TokenIds.Span[i..])) / 1e3;
        }
        if (got != samples.Length)
            throw new IOException($"{got} of {samples.Length} steps came");
    }
}
