using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback;

/// <content>Adapters: LoRA files in GGUF form. Unloading a model unloads its adapters.</content>
public sealed partial class NativeBackend
{
    /// <inheritdoc/>
    public async Task LoadAdapterAsync(AdapterSource source, CancellationToken cancellationToken = default)
    {
        try
        {
            await _models.FindOrStart(source.Model).Adapters.LoadAsync(source, cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException error)
        {
            throw NativeFailure.Named(_id, error);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> UnloadAdapterAsync(string model, string name,
        CancellationToken cancellationToken = default) =>
        _models.Find(model) is { } host
        && await host.Adapters.UnloadAsync(name).WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdapterSource>> ListAdaptersAsync(
        string model, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_models.Find(model)?.Adapters.List() ?? []);
    }
}
