namespace ThemisBridge.Bench.Scenarios;

/// <summary>A bare primitive, reported for what it costs; measured against itself alone.</summary>
/// <param name="info">What it is.</param>
/// <param name="subject">The primitive.</param>
internal sealed class BaselineScenario(ScenarioInfo info, ISubject subject) : IScenario
{
    /// <inheritdoc/>
    public ScenarioInfo Info => info;

    /// <inheritdoc/>
    public ISubject Baseline => subject;

    /// <inheritdoc/>
    public ISubject? Ours => null;
}
