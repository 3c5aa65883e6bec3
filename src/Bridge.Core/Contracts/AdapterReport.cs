namespace ThemisBridge.Core.Contracts;

/// <summary>What became of an adapter on every engine of a model.</summary>
/// <param name="Outcomes">One per engine, in the route's order.</param>
public sealed record AdapterReport(IReadOnlyList<AdapterOutcome> Outcomes)
{
    /// <summary>Whether every engine succeeded.</summary>
    public bool IsComplete => Outcomes.All(outcome => outcome.Failure is null);

    /// <summary>The engines that failed.</summary>
    public IEnumerable<AdapterOutcome> Failed => Outcomes.Where(outcome => outcome.Failure is not null);
}
