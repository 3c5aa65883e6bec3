namespace ThemisBridge.Bench.Scenarios;

/// <summary>A comparison, or a value without a baseline, that needs no checks of its own.</summary>
/// <param name="info">What it is.</param>
/// <param name="baseline">The bare primitive; null where the value stands for itself.</param>
/// <param name="ours">What ThemisBridge makes of it.</param>
internal sealed class PairScenario(ScenarioInfo info, ISubject? baseline, ISubject ours) : IScenario
{
    /// <inheritdoc/>
    public ScenarioInfo Info => info;

    /// <inheritdoc/>
    public ISubject? Baseline => baseline;

    /// <inheritdoc/>
    public ISubject? Ours => ours;
}
