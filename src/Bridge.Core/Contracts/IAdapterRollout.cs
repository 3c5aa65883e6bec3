namespace ThemisBridge.Core.Contracts;

/// <summary>Brings an adapter to every engine of a model, over all transports of each, and tells where that failed.
/// What was rolled out takes the place of a configured adapter of that name until the application ends. Safe for use
/// from many threads.</summary>
public interface IAdapterRollout
{
    /// <summary>Loads an adapter on every engine of the model's route, all at once. An engine that fails keeps nobody
    /// else from loading; once one has loaded it, requests load it wherever it is missing.</summary>
    /// <param name="source">What to load; its model by the public name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Failures.BridgeException"><see cref="Failures.BridgeFailure.UnknownModel"/>: there is no such
    /// route.</exception>
    Task<AdapterReport> LoadAsync(AdapterSource source, CancellationToken cancellationToken = default);

    /// <summary>Unloads an adapter from every engine of the model's route, each after its last request. An engine that
    /// does not have it has succeeded. A configured adapter is no longer loaded by requests.</summary>
    /// <param name="model">The model's public name.</param>
    /// <param name="name">The adapter's name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="Failures.BridgeException"><see cref="Failures.BridgeFailure.UnknownModel"/>: there is no such
    /// route.</exception>
    Task<AdapterReport> UnloadAsync(string model, string name, CancellationToken cancellationToken = default);
}
