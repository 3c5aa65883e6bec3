namespace ThemisBridge.Bench.Scenarios;

/// <summary>
/// One line of the report. A transport joins the harness by one class of this kind in <see cref="ScenarioCatalog"/>.
/// </summary>
internal interface IScenario
{
    /// <summary>What it is and what it should reach.</summary>
    ScenarioInfo Info { get; }

    /// <summary>The bare primitive; null where the value stands for itself, such as bytes per token.</summary>
    ISubject? Baseline { get; }

    /// <summary>What ThemisBridge makes of it; null where the bare primitive alone is reported.</summary>
    ISubject? Ours { get; }

    /// <summary>What must hold beside the target, checked after the blocks.</summary>
    /// <param name="scope">The row's far side, still open.</param>
    /// <param name="cancellationToken">Ends the checking.</param>
    Task<IReadOnlyList<ScenarioCheck>> CheckAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ScenarioCheck>>([]);
}
