using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Tests.Measuring;

/// <summary>Writes down its blocks, and costs what it is told.</summary>
internal sealed class RecordingProbe(
    ProbeRole role, List<(ProbeRole Role, int Ops)> blocks, FakeTimeProvider clock, Func<int, double> microseconds)
    : IProbe
{
    private int _block;

    public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken)
    {
        var cost = microseconds(_block++);
        blocks.Add((role, samples.Length));
        samples.Span.Fill(cost);
        clock.Advance(TimeSpan.FromMicroseconds(cost * samples.Length));
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
