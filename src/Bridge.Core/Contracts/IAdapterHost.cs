namespace ThemisBridge.Core.Contracts;

/// <summary>A backend that loads LoRA adapters. The only way adapters are managed. Safe for use from many
/// threads.</summary>
public interface IAdapterHost
{
    /// <summary>
    /// Loads an adapter. Loading what is loaded from the same source changes nothing and succeeds. A backend without
    /// the form it needs (PEFT or GGUF), or with a scale it cannot honour, refuses by name.
    /// </summary>
    /// <param name="source">What to load, and for which model.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task LoadAdapterAsync(AdapterSource source, CancellationToken cancellationToken = default);

    /// <summary>Unloads an adapter after its running requests. False when none of that name is loaded.</summary>
    /// <param name="model">The model it belongs to.</param>
    /// <param name="name">The adapter's name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<bool> UnloadAdapterAsync(string model, string name, CancellationToken cancellationToken = default);

    /// <summary>The adapters of a model.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<AdapterSource>> ListAdaptersAsync(string model, CancellationToken cancellationToken = default);
}
