namespace ThemisBridge.Bench.Measuring;

/// <summary>
/// Something that is counted and not timed, or that is too slow for blocks: measured once, before the warm-up; every
/// block then repeats what was found.
/// </summary>
internal abstract class OnceProbe : IProbe
{
    private IReadOnlyList<double>? _found;
    private IReadOnlyList<string> _notes = [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => _notes;

    /// <inheritdoc/>
    public async Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken)
    {
        if (_found is null)
            (_found, _notes) = await Task.Run(() => MeasureAsync(cancellationToken), cancellationToken);
        for (var i = 0; i < samples.Length; i++)
            samples.Span[i] = _found[i % _found.Count];
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Measures.</summary>
    /// <returns>The samples, at least one, and what a reader should know about them.</returns>
    protected abstract Task<(IReadOnlyList<double> Samples, IReadOnlyList<string> Notes)> MeasureAsync(
        CancellationToken cancellationToken);
}
