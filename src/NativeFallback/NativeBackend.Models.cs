using ThemisBridge.Core.Contracts;
using ThemisBridge.NativeFallback.Internal.Engine;

namespace ThemisBridge.NativeFallback;

/// <content>Loading and unloading of models.</content>
public sealed partial class NativeBackend
{
    /// <inheritdoc/>
    public async Task LoadModelAsync(ModelSource source, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        (ModelHost host, bool isNew) = _models.FindOrStart(source);
        try
        {
            await LoadedAsync(host, cancellationToken).ConfigureAwait(false);
            PublishDescriptor();
        }
        catch (OperationCanceledException) when (isNew)
        {
            // llama.cpp cannot be stopped in the middle of a load: it is undone when it is through.
            _ = _models.AbandonAsync(host);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> UnloadModelAsync(string name, CancellationToken cancellationToken = default) =>
        await _models.StopAsync(name).WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public bool IsModelLoaded(string name) => _models.Find(name)?.Model is not null;

    /// <inheritdoc/>
    public IReadOnlyList<ModelDescriptor> ListModels()
    {
        List<ModelDescriptor> models = [];
        foreach (ModelHost host in _models.Hosts)
        {
            if (host.Model is { } model)
            {
                models.Add(new ModelDescriptor(host.Source.Name)
                {
                    MaxContextTokens = model.Limits.ContextTokens,
                    Defaults = host.Source.Defaults,
                });
            }
        }

        return models;
    }
}
