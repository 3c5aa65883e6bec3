using System.Globalization;
using ThemisBridge.Bench.Placing;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Http;

/// <summary>H2: reading server-sent events, one token each, from memory. A token must allocate nothing.</summary>
internal sealed class StreamParseScenario : IScenario
{
    /// <summary>Tokens of one stream.</summary>
    public const int StreamTokens = 2_000;

    /// <summary>
    /// Tokens of one operation: short against the kernel's time slice, because on a busy core the longer of two
    /// operations would be interrupted more often.
    /// </summary>
    public const int OperationTokens = 100;

    /// <summary>Less than one byte in ten tokens is another thread's, not the stream's.</summary>
    private const double AllocationNoise = 0.1;

    /// <inheritdoc/>
    public ScenarioInfo Info { get; } = new("H2", "reading server-sent events of ids", "ns/token")
    {
        Placements = [Placement.Single],
        Target = Target.RatioAtMost(0.5),
    };

    /// <inheritdoc/>
    public ISubject Baseline { get; } = new NaiveStream();

    /// <inheritdoc/>
    public ISubject Ours { get; } = new BridgeStream();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ScenarioCheck>> CheckAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var bytes = await BridgeStream.MeasureAllocationAsync(cancellationToken);
        return
        [
            new ScenarioCheck(
                bytes < AllocationNoise,
                string.Create(CultureInfo.InvariantCulture, $"{bytes:0.###} bytes allocated per token, 0 wanted")),
        ];
    }

    /// <summary>An operation's seconds as nanoseconds per token.</summary>
    public static double PerToken(double seconds) => seconds * 1e9 / OperationTokens;
}
