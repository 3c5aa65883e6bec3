using Microsoft.Extensions.Hosting;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// A host that ends with its process: the usual one would stop at a ^C that is meant for the harness.
/// </summary>
internal sealed class QuietLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
