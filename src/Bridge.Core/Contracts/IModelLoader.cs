namespace ThemisBridge.Core.Contracts;

/// <summary>An engine that loads models itself, in this process. Safe for use from many threads.</summary>
public interface IModelLoader
{
    /// <summary>Loads a model. Loading what is loaded from the same source changes nothing and succeeds.</summary>
    /// <param name="source">What to load.</param>
    /// <param name="cancellationToken">Gives up waiting; a load under way is undone.</param>
    /// <exception cref="Failures.BridgeException">The file is bad, the name is taken by another source, or the engine
    /// refuses.</exception>
    Task LoadModelAsync(ModelSource source, CancellationToken cancellationToken = default);

    /// <summary>
    /// Unloads a model after its running requests have been ended. False when none of that name is loaded.
    /// </summary>
    /// <param name="name">The model's name.</param>
    /// <param name="cancellationToken">Gives up waiting; the model is unloaded all the same.</param>
    Task<bool> UnloadModelAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Whether a model of that name is loaded.</summary>
    /// <param name="name">The model's name.</param>
    bool IsModelLoaded(string name);

    /// <summary>The loaded models, in the order of their names.</summary>
    IReadOnlyList<ModelDescriptor> ListModels();
}
