using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Routing;

/// <summary>Adapters on all engines of a route. Of an engine's ladder the first rung that loads adapters is
/// asked.</summary>
internal sealed class AdapterRollout(RouteTable table) : IAdapterRollout
{
    public Task<AdapterReport> LoadAsync(AdapterSource source, CancellationToken cancellationToken = default) =>
        OnAllAsync(source.Model, (host, served) =>
            host.LoadAdapterAsync(source with { Model = served }, cancellationToken), cancellationToken);

    public Task<AdapterReport> UnloadAsync(
        string model, string name, CancellationToken cancellationToken = default) =>
        OnAllAsync(model, (host, served) => host.UnloadAdapterAsync(served, name, cancellationToken),
            cancellationToken);

    private async Task<AdapterReport> OnAllAsync(
        string model, Func<IAdapterHost, string, Task> act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<AdapterOutcome>[] running = [.. table.Find(model).Candidates
            .GroupBy(candidate => candidate.Entry.Engine).Select(engine => OnOneAsync(engine, act))];
        return new AdapterReport(await Task.WhenAll(running).ConfigureAwait(false));
    }

    private static async Task<AdapterOutcome> OnOneAsync(
        IGrouping<string, Candidate> engine, Func<IAdapterHost, string, Task> act)
    {
        try
        {
            Candidate candidate = engine.FirstOrDefault(one => one.Entry.Backend is IAdapterHost)
                ?? throw Refusal.Unsupported(engine.First().Entry.Descriptor.Id, "adapter",
                    $"The engine {engine.Key} loads no adapters over any of its transports.");
            await act((IAdapterHost)candidate.Entry.Backend, candidate.ServedModel).ConfigureAwait(false);
            return new AdapterOutcome(engine.Key, null);
        }
        catch (BridgeException e)
        {
            return new AdapterOutcome(engine.Key, e);
        }
    }
}
