using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Http;

/// <summary>H1: what our HTTP transport adds to HttpClient and Kestrel.</summary>
internal sealed class CompletionScenario : IScenario
{
    /// <inheritdoc/>
    public ScenarioInfo Info { get; } = new("H1", "HTTP completion, 512 ids in and 100 out", "µs")
    {
        Target = Target.RatioAtMost(1.5),
    };

    /// <inheritdoc/>
    public ISubject Baseline { get; } = new CompletionEcho();

    /// <inheritdoc/>
    public ISubject Ours { get; } = new CompletionCall();
}
