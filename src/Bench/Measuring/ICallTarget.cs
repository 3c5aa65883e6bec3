namespace ThemisBridge.Bench.Measuring;

/// <summary>
/// Something that takes calls while others are still under way, so that it can be put under open-loop load.
/// </summary>
internal interface ICallTarget
{
    /// <summary>One call, whole. Safe from many threads at once.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    ValueTask CallAsync(CancellationToken cancellationToken);
}
