using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Routing;

/// <summary>
/// Adapters on all engines of a route. Every rung of an engine's ladder is asked, because each knows for itself what is
/// loaded, and requests travel on any of them.
/// </summary>
internal sealed class AdapterRollout(RouteTable table) : IAdapterRollout
{
    public Task<AdapterReport> LoadAsync(AdapterSource source, CancellationToken cancellationToken = default) =>
        OnAllAsync(source.Model, async (host, served) =>
        {
            await host.LoadAdapterAsync(source with { Model = served }, cancellationToken).ConfigureAwait(false);
            // At the first success: a request that still had the one before would bring it back.
            table.Adapters[(source.Model, source.Name)] = source;
            return true;
        }, cancellationToken);

    public async Task<AdapterReport> UnloadAsync(
        string model, string name, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Before anything is unloaded: a request would load it again.
        table.Adapters.TryRemove((model, name), out _);
        return await OnAllAsync(model, (host, served) => host.UnloadAdapterAsync(served, name, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<AdapterReport> OnAllAsync(
        string model, Func<IAdapterHost, string, Task<bool>> act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<AdapterOutcome>[] running = [.. table.Find(model).Candidates
            .GroupBy(candidate => candidate.Entry.Engine).Select(engine => OnOneAsync(engine, act))];
        return new AdapterReport(await Task.WhenAll(running).ConfigureAwait(false));
    }

    // One rung that has done it is enough. One that found nothing to unload does not speak for one that failed.
    private static async Task<AdapterOutcome> OnOneAsync(
        IGrouping<string, Candidate> engine, Func<IAdapterHost, string, Task<bool>> act)
    {
        (bool IsDone, BridgeException? Failure)[] rungs = await Task.WhenAll(engine
            .Where(candidate => candidate.Entry.Backend is IAdapterHost)
            .Select(candidate => OnRungAsync(candidate, act))).ConfigureAwait(false);
        BridgeException? failure = rungs.Length > 0
            ? rungs.Select(rung => rung.Failure).FirstOrDefault(one => one is not null)
            : Refusal.Unsupported(engine.First().Entry.Descriptor.Id, "adapter",
                $"The engine {engine.Key} loads no adapters over any of its transports.");
        return new AdapterOutcome(engine.Key, rungs.Any(rung => rung.IsDone) ? null : failure);
    }

    private static async Task<(bool IsDone, BridgeException? Failure)> OnRungAsync(
        Candidate candidate, Func<IAdapterHost, string, Task<bool>> act)
    {
        try
        {
            var host = (IAdapterHost)candidate.Entry.Backend;
            return (await act(host, candidate.ServedModel).ConfigureAwait(false), null);
        }
        catch (BridgeException e)
        {
            return (false, e);
        }
    }
}
