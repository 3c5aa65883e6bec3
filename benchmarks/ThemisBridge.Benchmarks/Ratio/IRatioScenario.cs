namespace ThemisBridge.Benchmarks.Ratio;

/// <summary>Two ways to do the same work, measured in turns on the same machine at the same time.</summary>
internal interface IRatioScenario : IAsyncDisposable
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>The most that candidate time over baseline time may be.</summary>
    double Limit { get; }

    /// <summary>Prepares both sides.</summary>
    Task SetUpAsync();

    /// <summary>One round of the baseline; returns a number that both sides must agree on.</summary>
    Task<long> BaselineAsync();

    /// <summary>One round of ours.</summary>
    Task<long> CandidateAsync();
}
