using System.Globalization;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>A1-shm: what a warm stream over shared memory costs the collector.</summary>
internal sealed class AllocationScenario : IScenario
{
    private const long MostPerRequest = 4096;

    /// <summary>Less than one byte in ten tokens is another thread's, not the stream's.</summary>
    private const double Noise = 0.1;

    private readonly BytesPerToken _subject = new();

    /// <inheritdoc/>
    public ScenarioInfo Info { get; } = new("A1-shm", "shared memory, managed bytes of a warm client", "B/token")
    {
        Placements = [Placement.Spread, Placement.Free],
        Target = Target.ValueAtMost(Noise, "B/token"),
    };

    /// <inheritdoc/>
    public ISubject? Baseline => null;

    /// <inheritdoc/>
    public ISubject Ours => _subject;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ScenarioCheck>> CheckAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var bytes = await _subject.MeasureRequestAsync(scope, cancellationToken);
        return
        [
            new ScenarioCheck(
                bytes <= MostPerRequest,
                string.Create(
                    CultureInfo.InvariantCulture, $"{bytes} bytes allocated per request, {MostPerRequest} at most")),
        ];
    }
}
