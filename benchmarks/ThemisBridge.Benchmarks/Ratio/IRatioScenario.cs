namespace ThemisBridge.Benchmarks.Ratio;

/// <summary>Two ways to do the same work, measured in turns on the same machine at the same time.</summary>
internal interface IRatioScenario : IAsyncDisposable
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>The most that the candidate's cost over the baseline's may be.</summary>
    double Limit { get; }

    /// <summary>How many blocks are measured.</summary>
    int Blocks { get; }

    /// <summary>Prepares both sides.</summary>
    Task SetUpAsync();

    /// <summary>One round of the baseline.</summary>
    Task<Round> BaselineAsync();

    /// <summary>One round of ours.</summary>
    Task<Round> CandidateAsync();
}
