namespace ThemisBridge.Bench.Scenarios;

/// <summary>Is told how far a run is, between blocks.</summary>
internal interface IRunProgress
{
    /// <summary>A row begins.</summary>
    /// <param name="row">Its name.</param>
    /// <param name="done">Rows before it.</param>
    /// <param name="total">All rows.</param>
    void Begin(string row, int done, int total);

    /// <summary>The row goes on.</summary>
    /// <param name="fraction">How much of its planned blocks is done, 0 to 1.</param>
    void Advance(double fraction);
}
