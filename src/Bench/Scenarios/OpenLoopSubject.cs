using System.Globalization;
using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>A subject under open-loop load instead of one call after the other.</summary>
/// <param name="target">What is loaded.</param>
/// <param name="load">How many calls.</param>
internal sealed class OpenLoopSubject(ISubject target, OpenLoopLoad load) : ISubject
{
    /// <summary>What is loaded: the peer serves it under its own name.</summary>
    public ISubject Target => target;

    /// <inheritdoc/>
    public string Name =>
        string.Create(CultureInfo.InvariantCulture, $"{target.Name}, open loop of {load.CallsPerSecond:0}/s");

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        new OpenLoopProbe(await target.OpenAsync(scope, cancellationToken), load, scope.Clock);
}
