using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>The adapters of one model. They are loaded and freed on the decode thread, one after the other; looking one
/// up
/// is a lock and no more.</summary>
internal sealed class AdapterTable(ModelHost host, string backend, int limit, ILogger logger) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, AdapterEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>The loaded adapters, in the order of their names.</summary>
    public IReadOnlyList<AdapterSource> List()
    {
        lock (_gate)
        {
            return [.. _entries.Values.Select(entry => entry.Source)];
        }
    }

    /// <summary>The adapter of a name, counted as in use; the caller releases it.</summary>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.UnknownAdapter"/>.</exception>
    public AdapterEntry Use(string name)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(name, out AdapterEntry? entry) && entry.TryUse()
                ? entry
                : throw new BridgeException(
                    BridgeFailure.UnknownAdapter, FailureStage.Admit,
                    $"The model {host.Source.Name} has no adapter {name} loaded. Load it first.")
                { Parameter = "adapter", Backend = backend };
        }
    }

    /// <summary>Loads an adapter; nothing happens when it is loaded from the same source.</summary>
    public async Task LoadAsync(AdapterSource source, CancellationToken cancellationToken)
    {
        string path = CheckSource(source);
        if (HasLoaded(source))
        {
            return;
        }

        LoadedModel model = await host.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
        ModelFile.CheckAdapter(path, model.Architecture);
        await CheckDigestAsync(source, path, cancellationToken).ConfigureAwait(false);
        await host.Thread.InvokeAsync(_ => AddOnThread(source, path, model)).WaitAsync(cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Unloads an adapter after its last request.</summary>
    public async Task<bool> UnloadAsync(string name)
    {
        AdapterEntry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(name, out entry))
            {
                return false;
            }
        }

        await entry.CloseAsync().ConfigureAwait(false);
        try
        {
            return await host.Thread.InvokeAsync(contexts => RemoveOnThread(entry, contexts)).ConfigureAwait(false);
        }
        catch (BridgeException)
        {
            // The whole model is being unloaded, and its adapters with it.
            return true;
        }
    }

    /// <summary>Frees the adapters of a model that is being unloaded. On the decode thread, after the last
    /// job.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (AdapterEntry entry in _entries.Values)
            {
                entry.Handle.Dispose();
            }

            _entries.Clear();
        }
    }

    private bool AddOnThread(AdapterSource source, string path, LoadedModel model)
    {
        if (IsLoaded(source))
        {
            return false;
        }

        AdapterEntry entry = new(source, model.LoadAdapter(source.Name, path));
        lock (_gate)
        {
            _entries.Add(source.Name, entry);
        }

        NativeLog.AdapterLoaded(logger, host.Source.Name, source.Name);
        return true;
    }

    private bool RemoveOnThread(AdapterEntry entry, ContextPool contexts)
    {
        lock (_gate)
        {
            // Another call may have unloaded it meanwhile, and one may even have loaded the name anew.
            if (_entries.GetValueOrDefault(entry.Source.Name) != entry)
            {
                return false;
            }

            _entries.Remove(entry.Source.Name);
        }

        contexts.Close(entry);
        entry.Handle.Dispose();
        NativeLog.AdapterUnloaded(logger, host.Source.Name, entry.Source.Name);
        return true;
    }

    private string CheckSource(AdapterSource source)
    {
        if (source.GgufPath is not { } path)
        {
            throw Refusal.Unsupported(
                backend, "peft_path",
                $"The adapter {source.Name} has no GGUF file, and llama.cpp reads no PEFT folder. Convert it with llama.cpp's "
                + "convert_lora_to_gguf.py.");
        }

        return float.IsFinite(source.Scale)
            ? Path.GetFullPath(path)
            : throw Refusal.InvalidRequest("scale", $"The scale of the adapter {source.Name} is not a finite number.");
    }

    // Asked before every request that names a configured adapter, so it reads no file.
    private bool HasLoaded(AdapterSource source)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(source.Name, out AdapterEntry? entry)
                && entry.Source == source && !entry.IsClosing;
        }
    }

    private bool IsLoaded(AdapterSource source)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(source.Name, out AdapterEntry? entry))
            {
                return entry.Source == source && !entry.IsClosing
                    ? true
                    : throw Refusal.InvalidRequest(
                        "name", $"Another adapter is loaded as {source.Name}. Unload it first, and wait until it is.");
            }

            return _entries.Count < limit
                ? false
                : throw new BridgeException(
                    BridgeFailure.LimitExceeded, FailureStage.Admit,
                    $"The model has {limit} adapters, which is the limit. Unload one, or raise MaxAdapters.");
        }
    }

    // The digest of a source with both forms is that of its PEFT folder.
    private static async Task CheckDigestAsync(AdapterSource source, string path, CancellationToken cancellationToken)
    {
        if (source.Digest is not { } expected || source.PeftPath is not null)
        {
            return;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);
        byte[] actual = await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false);
        if (!string.Equals(Convert.ToHexStringLower(actual), expected, StringComparison.Ordinal))
        {
            throw new BridgeException(
                BridgeFailure.InvalidModelFile, FailureStage.Admit,
                $"{Path.GetFileName(path)} has another digest than the configuration says. Fetch the file again.");
        }
    }
}
